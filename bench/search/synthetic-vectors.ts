import type { Embedding } from '../../src/ports/encoders.js';
import { seededRandom } from '../../test/support/seeded-random.js';

/** How far a vector goes along the difference of two others, as a standard deviation. */
const ALONG_DIFFERENCES = 0.35;
/** Norm of the noise in all directions, as a share of the vector's. */
const IN_ALL_DIRECTIONS = 0.15;

/**
 * Any number of vectors made of a few real ones: a real vector, moved along the difference of two other real ones (the
 * directions in which the data itself varies, so that its clusters and its anisotropy stay), in a wider space that the
 * real ones were turned into by an isometry, and moved a little in all directions of that space. Norms are those of
 * the real vectors.
 */
export class SyntheticVectors {
  readonly dimension: number;
  /** In the wider space. */
  readonly #real: readonly Float64Array[];
  readonly #seed: number;

  /** @param seed makes other vectors of the same real ones; the isometry is always the same. */
  constructor(real: readonly Embedding[], dimension: number, seed: number) {
    this.dimension = dimension;
    const isometry = orthonormalRows(real[0]!.length, dimension);
    this.#real = real.map((vector) => combination(vector, isometry));
    this.#seed = seed;
  }

  /** The vector at a position: always the same one. */
  at(position: number): Embedding {
    const random = seededRandom(Math.imul(this.#seed, 0x9e3779b1) + position);
    const pick = () => this.#real[Math.floor(random() * this.#real.length)]!;
    const [origin, from, to] = [pick(), pick(), pick()];
    const step = gaussian(random) * ALONG_DIFFERENCES;
    const norm = length(origin);
    // Uniform between -1/2 and 1/2 has the variance 1/12.
    const noise = norm * IN_ALL_DIRECTIONS * Math.sqrt(12 / this.dimension);
    const moved = origin.map(
      (value, axis) => value + step * (to[axis]! - from[axis]!) + noise * (random() - 0.5),
    );
    const scale = norm / length(moved);
    return Float32Array.from(moved, (value) => value * scale);
  }
}

/** Box and Muller's. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Gaussian rows, made orthonormal by Gram and Schmidt. */
function orthonormalRows(count: number, columns: number): Float64Array[] {
  const random = seededRandom(512);
  const rows: Float64Array[] = [];
  for (let row = 0; row < count; row++) {
    const fresh = Float64Array.from({ length: columns }, () => gaussian(random));
    for (const earlier of rows) {
      const product = dot(fresh, earlier);
      for (let column = 0; column < columns; column++) fresh[column]! -= product * earlier[column]!;
    }
    const norm = length(fresh);
    rows.push(fresh.map((value) => value / norm));
  }
  return rows;
}

/** The sum of the rows, each as often as its weight says. */
function combination(weights: Embedding, rows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(rows[0]!.length);
  rows.forEach((row, order) => {
    for (let column = 0; column < sum.length; column++) sum[column]! += weights[order]! * row[column]!;
  });
  return sum;
}

function length(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function dot(left: Float64Array, right: Float64Array): number {
  return left.reduce((sum, value, position) => sum + value * right[position]!, 0);
}
