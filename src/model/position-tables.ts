/**
 * Resampling of position tables when a model runs at another size or length than it was trained at, as PyTorch's
 * `F.interpolate` does it with `align_corners=False`.
 */

/** Keys's constant; PyTorch's and ours everywhere. */
const bicubicA = -0.75;

/** Where sample `index` of `to` lies among `from` samples, when both grids cover the same extent. */
function sourcePosition(index: number, from: number, to: number): number {
  return ((index + 0.5) * from) / to - 0.5;
}

interface Tap {
  source: number;
  weight: number;
}

/** The four neighbours of a position and their weights (Keys 1981); beyond the edge, the edge is repeated. */
function cubicTaps(position: number, length: number): Tap[] {
  const floor = Math.floor(position);
  return [-1, 0, 1, 2].map((step) => {
    const distance = Math.abs(position - (floor + step));
    const weight =
      distance <= 1
        ? ((bicubicA + 2) * distance - (bicubicA + 3)) * distance * distance + 1
        : ((bicubicA * distance - 5 * bicubicA) * distance + 8 * bicubicA) * distance - 4 * bicubicA;
    return { source: Math.min(Math.max(floor + step, 0), length - 1), weight };
  });
}

/** The two neighbours of a position; PyTorch clamps the position itself at 0. */
function linearTaps(position: number, length: number): Tap[] {
  const clamped = Math.max(position, 0);
  const floor = Math.min(Math.floor(clamped), length - 1);
  const share = clamped - floor;
  return [
    { source: floor, weight: 1 - share },
    { source: Math.min(floor + 1, length - 1), weight: share },
  ];
}

/**
 * A spatial table with its class entry first, bicubic: [1 + from * from, C] to [1 + to * to, C]; the class entry and a
 * table of the right size stay as they are.
 */
export function resampleSpatialPositions(
  table: Float32Array,
  width: number,
  from: number,
  to: number,
): Float32Array {
  if (from === to) return table;
  const result = new Float32Array((1 + to * to) * width);
  result.set(table.subarray(0, width));
  const taps = Array.from({ length: to }, (_, index) => cubicTaps(sourcePosition(index, from, to), from));
  for (let row = 0; row < to; row++) {
    for (let column = 0; column < to; column++) {
      const target = (1 + row * to + column) * width;
      for (let channel = 0; channel < width; channel++) {
        let sum = 0;
        for (const vertical of taps[row]!) {
          for (const horizontal of taps[column]!) {
            const source = (1 + vertical.source * from + horizontal.source) * width;
            sum += vertical.weight * horizontal.weight * table[source + channel]!;
          }
        }
        result[target + channel] = sum;
      }
    }
  }
  return result;
}

/** A temporal table, linear: [from, C] to [to, C]; a table of the right length stays as it is. */
export function resampleTemporalPositions(
  table: Float32Array,
  width: number,
  from: number,
  to: number,
): Float32Array {
  if (from === to) return table;
  const result = new Float32Array(to * width);
  for (let frame = 0; frame < to; frame++) {
    for (const { source, weight } of linearTaps(sourcePosition(frame, from, to), from)) {
      for (let channel = 0; channel < width; channel++) {
        result[frame * width + channel]! += weight * table[source * width + channel]!;
      }
    }
  }
  return result;
}
