import { AppError } from '../../domain/errors.js';
import { type AxisFilter, axisFilter } from './axis-filter.js';
import { sumPixels, sumRows } from './weighted-sums.js';

const CHANNELS = 3;

export interface Size {
  width: number;
  height: number;
}

/** Resizes pictures of one size; keeps the weights and the scratch memory from picture to picture. */
export class BicubicResizer {
  readonly #input: Size;
  readonly #output: Size;
  readonly #horizontal: AxisFilter;
  readonly #vertical: AxisFilter;
  /** Whether some output row reads this input row; a plain resize skips most when it shrinks. */
  readonly #rowIsRead: Uint8Array;
  /** The rows that are read, after the horizontal pass: [input.height, output.width, 3]. */
  readonly #rows: Float32Array;

  /** @param antialias widen the filter when shrinking (`antialias=True` of torchvision). */
  constructor(input: Size, output: Size, antialias: boolean) {
    assertSize('The picture', input);
    assertSize('The size asked for', output);
    this.#input = input;
    this.#output = output;
    this.#horizontal = axisFilter(input.width, output.width, antialias);
    this.#vertical = axisFilter(input.height, output.height, antialias);
    this.#rowIsRead = rowsRead(this.#vertical, input.height);
    this.#rows = new Float32Array(input.height * output.width * CHANNELS);
  }

  /**
   * Computes in floating point, then rounds to nearest and clamps to 0..255, as torchvision 0.16 does for uint8 tensors.
   * @param pixels RGB [input.height, input.width, 3]
   * @returns RGB [output.height, output.width, 3]
   * @throws AppError `invalid-input` when `pixels` has another length.
   */
  resize(pixels: Uint8Array): Uint8ClampedArray {
    const expected = this.#input.width * this.#input.height * CHANNELS;
    if (pixels.length !== expected) {
      throw new AppError(
        'invalid-input',
        `A picture of ${this.#input.width} x ${this.#input.height} RGB pixels has ${expected} bytes, not ${pixels.length}.`,
      );
    }
    this.#resampleRows(pixels);
    return this.#resampleColumns();
  }

  #resampleRows(pixels: Uint8Array): void {
    const inputStride = this.#input.width * CHANNELS;
    const outputStride = this.#output.width * CHANNELS;
    for (let y = 0; y < this.#input.height; y++) {
      if (this.#rowIsRead[y] === 0) continue;
      sumPixels(pixels, y * inputStride, this.#horizontal, this.#rows, y * outputStride);
    }
  }

  #resampleColumns(): Uint8ClampedArray {
    const { outputSize, taps, first, weights } = this.#vertical;
    const stride = this.#output.width * CHANNELS;
    // Uint8ClampedArray rounds half to even and clamps: what torch.round and clamp do.
    const resized = new Uint8ClampedArray(outputSize * stride);
    for (let y = 0; y < outputSize; y++) {
      const rowWeights = weights.subarray(y * taps, (y + 1) * taps);
      sumRows(this.#rows, first[y]! * stride, stride, rowWeights, resized, y * stride);
    }
    return resized;
  }
}

function rowsRead({ outputSize, taps, first }: AxisFilter, inputHeight: number): Uint8Array {
  const isRead = new Uint8Array(inputHeight);
  for (let y = 0; y < outputSize; y++) isRead.fill(1, first[y], first[y]! + taps);
  return isRead;
}

function assertSize(what: string, { width, height }: Size): void {
  if (Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0) return;
  throw new AppError('invalid-input', `${what} is ${width} x ${height}; both must be whole numbers above 0.`);
}
