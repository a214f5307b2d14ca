import { AppError } from '../domain/errors.js';
import { elementCount, type TensorType, toWideFloat } from './tensor-type.js';

/** An array as numpy saved it. */
export interface NpyArray {
  shape: readonly number[];
  /**
   * Row-major, whatever the order in the file. Float64 stays as it is, and integers of 32 and 64 bits are read into it:
   * rounded to float32, scores that differ would tie.
   */
  values: Float32Array | Float64Array;
}

/** numpy's names, little-endian or of one byte. */
const TYPES: Readonly<Record<string, TensorType>> = {
  '<f8': 'F64',
  '<f4': 'F32',
  '<f2': 'F16',
  '<i8': 'I64',
  '<i4': 'I32',
  '<i2': 'I16',
  '|i1': 'I8',
  '<u8': 'U64',
  '<u4': 'U32',
  '<u2': 'U16',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/**
 * Reads a `.npy` file, versions 1 to 3. Format: numpy.lib.format. Arrays of Python objects are pickles and are refused.
 * @throws AppError `invalid-input` naming the file.
 */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  const fail = (message: string): never => {
    throw new AppError('invalid-input', `${file}: ${message}`);
  };
  if (bytes.byteLength < 12 || !MAGIC.equals(bytes.subarray(0, 6))) fail('it is no .npy file.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const headerLength = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + headerLength;
  if (start > bytes.byteLength) fail(`its header of ${headerLength} bytes is cut off.`);
  const header = new TextDecoder().decode(bytes.subarray(wide ? 12 : 10, start));
  const descriptor = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? fail('its header names no element type.');
  const columnMajor = /'fortran_order'\s*:\s*True/.test(header);
  const sizes = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1] ?? fail('its header gives no shape.');
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const type =
    TYPES[descriptor] ??
    fail(`elements of type ${descriptor}; accepted are ${Object.keys(TYPES).join(', ')}.`);
  const count = elementCount(file, shape);
  const stored = bytes.subarray(start);
  const elementBytes = stored.byteLength / Math.max(1, count);
  const values = stored.byteLength % Math.max(1, count) === 0 ? toWideFloat(type, stored) : undefined;
  if (values?.length !== count) {
    return fail(
      `shape (${shape.join(', ')}) of ${descriptor} does not fit ${stored.byteLength} bytes (${elementBytes} each).`,
    );
  }
  return { shape, values: columnMajor ? rowMajor(values, shape) : values };
}

/** From the first axis fastest to the last axis fastest; of two dimensions, a transposition. */
function rowMajor(
  values: Float32Array | Float64Array,
  shape: readonly number[],
): Float32Array | Float64Array {
  const ordered = values.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const position = shape.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    ordered[i] = values[position.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]!++;
      if (position[axis]! < shape[axis]!) break;
      position[axis] = 0;
    }
  }
  return ordered;
}
