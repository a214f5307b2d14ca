import { AppError } from '../domain/errors.js';
import { bytesPerElement, elementCount, type TensorInfo } from './tensor-type.js';

export interface TensorToWrite extends TensorInfo {
  readonly name: string;
  /** Called once, when the tensor's turn comes, so that only one tensor need be in memory. Little-endian, row-major. */
  bytes(): Uint8Array;
}

/**
 * A safetensors file in pieces, header first. The same tensors give the same bytes whatever their order: widest
 * elements first, so that every tensor is aligned to its element size, then by name; header padded to 8 bytes.
 * @throws AppError `invalid-model` when a name repeats, a shape is no shape, or the bytes do not fit it.
 */
export function* writeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const ordered = [...tensors].sort(
    (a, b) => bytesPerElement(b.type) - bytesPerElement(a.type) || compareNames(a.name, b.name),
  );
  yield encodeHeader(ordered, metadata);
  for (const tensor of ordered) {
    const bytes = tensor.bytes();
    const expected = byteLengthOf(tensor);
    if (bytes.byteLength !== expected) {
      throw new AppError(
        'invalid-model',
        `Tensor "${tensor.name}" of type ${tensor.type} and shape [${tensor.shape.join(', ')}] needs ${expected} bytes, not ${bytes.byteLength}.`,
      );
    }
    yield bytes;
  }
}

/** The whole file in one piece. */
export function encodeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  return Buffer.concat([...writeSafetensors(tensors, metadata)]);
}

function encodeHeader(
  ordered: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const names = new Set<string>();
  const fields: string[] = [];
  const facts = Object.entries(metadata).sort(([a], [b]) => compareNames(a, b));
  // Written piece by piece: a JavaScript object would move integer-like names to its front and swallow "__proto__".
  if (facts.length > 0) {
    const pairs = facts.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let start = 0;
  for (const tensor of ordered) {
    if (names.has(tensor.name) || tensor.name === '__metadata__') {
      throw new AppError(
        'invalid-model',
        `Tensor name "${tensor.name}" is ${names.has(tensor.name) ? 'used twice' : 'reserved'}.`,
      );
    }
    names.add(tensor.name);
    const end = start + byteLengthOf(tensor);
    const entry = { dtype: tensor.type, shape: tensor.shape, data_offsets: [start, end] };
    fields.push(`${JSON.stringify(tensor.name)}:${JSON.stringify(entry)}`);
    start = end;
  }
  const json = Buffer.from(`{${fields.join(',')}}`);
  const paddedLength = Math.ceil(json.byteLength / 8) * 8;
  const header = Buffer.alloc(8 + paddedLength, ' ');
  header.writeBigUInt64LE(BigInt(paddedLength), 0);
  json.copy(header, 8);
  return header;
}

function byteLengthOf(tensor: TensorToWrite): number {
  return elementCount(tensor.name, tensor.shape) * bytesPerElement(tensor.type);
}

/** By UTF-16 code unit: the same on every machine, whatever its locale. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
