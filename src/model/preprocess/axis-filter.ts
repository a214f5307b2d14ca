/** One axis of a separable resize: output i = sum over k of weights[i * taps + k] * input[first[i] + k]. */
export interface AxisFilter {
  outputSize: number;
  /** Input samples per output sample. */
  taps: number;
  /** [outputSize], each at least 0 and at most input size - taps. */
  first: Int32Array;
  /** [outputSize, taps], each row sums to 1. */
  weights: Float32Array;
}

/**
 * Keys' cubic convolution, support [-2, 2] (Keys 1981, with the free parameter a). PyTorch takes a = -0.75 for its
 * plain bicubic and a = -0.5 for its antialiased one.
 */
function cubic(x: number, a: number): number {
  const distance = Math.abs(x);
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((distance - 5) * distance + 8) * distance * a - 4 * a;
  return 0;
}

/** Bicubic weights of one axis, pixel centres at half integers (`align_corners=False`), as PyTorch computes them. */
export function axisFilter(inputSize: number, outputSize: number, antialias: boolean): AxisFilter {
  const scale = inputSize / outputSize;
  // Antialiasing widens the kernel by the scale when shrinking.
  const stretch = antialias ? Math.max(1, scale) : 1;
  const a = antialias ? -0.5 : -0.75;
  // No more whole positions than this lie strictly inside the kernel's support, centre +- 2 * stretch.
  const support = Math.ceil(4 * stretch);
  const taps = Math.min(inputSize, support);
  const first = new Int32Array(outputSize);
  const weights = new Float32Array(outputSize * taps);
  for (let output = 0; output < outputSize; output++) {
    const centre = (output + 0.5) * scale - 0.5;
    const begin = Math.floor(centre - 2 * stretch) + 1;
    const start = Math.min(Math.max(0, begin), inputSize - taps);
    first[output] = start;
    const row = weights.subarray(output * taps, (output + 1) * taps);
    for (let position = begin; position < begin + support; position++) {
      const weight = cubic((position - centre) / stretch, a);
      // Beyond the edge the plain filter repeats the edge sample, the antialiased one leaves the sample out.
      const inside = Math.min(inputSize - 1, Math.max(0, position));
      if (inside === position || !antialias) row[inside - start]! += weight;
    }
    const sum = row.reduce((total, weight) => total + weight, 0);
    for (let tap = 0; tap < taps; tap++) row[tap]! /= sum;
  }
  return { outputSize, taps, first, weights };
}
