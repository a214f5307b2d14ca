import { AppError } from '../domain/errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './float-formats.js';

/** Element types of model files, under the names safetensors gives them. */
const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type TensorType = keyof typeof elementBytes;

export function isTensorType(name: unknown): name is TensorType {
  return typeof name === 'string' && Object.hasOwn(elementBytes, name);
}

export const tensorTypeNames = Object.keys(elementBytes) as TensorType[];

export function bytesPerElement(type: TensorType): number {
  return elementBytes[type];
}

/** Where a tensor is and what it looks like; its values are read when asked for. */
export interface TensorInfo {
  readonly type: TensorType;
  /** Row-major; empty for a scalar. */
  readonly shape: readonly number[];
}

/** Longest shape accepted; torch stops at 64, no model comes near. */
const maxRank = 64;

/**
 * Product of a shape's sizes; 1 for a scalar.
 * @throws AppError `invalid-model` naming `tensor` when a size is no natural number or the product is no safe integer.
 */
export function elementCount(tensor: string, shape: readonly number[]): number {
  if (shape.length > maxRank) {
    throw new AppError(
      'invalid-model',
      `Tensor "${tensor}" has ${shape.length} dimensions; at most ${maxRank} are accepted.`,
    );
  }
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new AppError(
        'invalid-model',
        `Tensor "${tensor}" has a dimension of size ${String(size)}; sizes are whole numbers from 0.`,
      );
    }
    count *= size;
    // Also catches [2^40, 2^40, 0]: an overflow on the way is a hostile shape even if the product ends at 0.
    if (!Number.isSafeInteger(count)) {
      throw new AppError(
        'invalid-model',
        `Tensor "${tensor}" of shape [${shape.join(', ')}] has too many elements to count.`,
      );
    }
  }
  return count;
}

/**
 * The little-endian elements in `bytes` as float32: exact for F32, F16, BF16, BOOL, 8- and 16-bit integers, rounded
 * for the wider types. `bytes` may be used as the result's memory.
 */
export function toFloat32(type: TensorType, bytes: Uint8Array): Float32Array {
  const length = bytes.byteLength / elementBytes[type];
  const { buffer, byteOffset } = aligned(bytes, elementBytes[type]);
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, length);
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, length));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, length));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, length));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case 'U64':
      return Float32Array.from(new BigUint64Array(buffer, byteOffset, length), Number);
    case 'I32':
      return Float32Array.from(new Int32Array(buffer, byteOffset, length));
    case 'U32':
      return Float32Array.from(new Uint32Array(buffer, byteOffset, length));
    case 'I16':
      return Float32Array.from(new Int16Array(buffer, byteOffset, length));
    case 'U16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, length));
    case 'I8':
      return Float32Array.from(new Int8Array(buffer, byteOffset, length));
    case 'U8':
    case 'BOOL':
      return Float32Array.from(bytes);
  }
}

/** As `toFloat32`, but in float64 where float32 would round: F64 and integers of 32 and 64 bits (exact to 2^53). */
export function toWideFloat(type: TensorType, bytes: Uint8Array): Float32Array | Float64Array {
  const length = bytes.byteLength / elementBytes[type];
  const { buffer, byteOffset } = aligned(bytes, elementBytes[type]);
  switch (type) {
    case 'F64':
      return new Float64Array(buffer, byteOffset, length);
    case 'I64':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case 'U64':
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, length), Number);
    case 'I32':
      return Float64Array.from(new Int32Array(buffer, byteOffset, length));
    case 'U32':
      return Float64Array.from(new Uint32Array(buffer, byteOffset, length));
    default:
      return toFloat32(type, bytes);
  }
}

/** Typed arrays want their elements on whole multiples; bytes at an odd place are copied. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
}

/** The bytes under a typed array, without copying. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
