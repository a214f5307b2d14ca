/** Layers in plain double-precision loops, one vector a token: slow, short, and obviously what the formulas say. */

export type Vector = number[];
/** One vector a token. */
export type Sequence = Vector[];

/** W x, with W [rows, x.length] row-major. */
export function multiply(w: Float32Array, x: Vector): Vector {
  const rows = w.length / x.length;
  return Array.from({ length: rows }, (_, row) =>
    x.reduce((sum, value, column) => sum + w[row * x.length + column]! * value, 0),
  );
}

export function add(a: Vector, b: ArrayLike<number>): Vector {
  return a.map((value, index) => value + b[index]!);
}

export function mean(vectors: readonly Vector[]): Vector {
  const sum = vectors.reduce((total, vector) => add(total, vector));
  return sum.map((value) => value / vectors.length);
}

export function rmsNorm(x: Vector, gamma: Float32Array, epsilon: number): Vector {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, index) => (value / Math.sqrt(square + epsilon)) * gamma[index]!);
}

export function layerNorm(x: Vector, gamma: Float32Array, beta: Float32Array, epsilon: number): Vector {
  const centre = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - centre) ** 2, 0) / x.length;
  return x.map(
    (value, index) => ((value - centre) / Math.sqrt(variance + epsilon)) * gamma[index]! + beta[index]!,
  );
}

export function unit(x: Vector): Vector {
  const norm = Math.hypot(...x);
  return x.map((value) => value / norm);
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

export function softplus(x: number): number {
  return Math.log1p(Math.exp(x));
}

/** x Phi(x), the normal distribution function by its series, exact to double precision where tests look. */
export function gelu(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return x * (0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI));
}

export function softmax(x: Vector): Vector {
  const top = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - top));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}
