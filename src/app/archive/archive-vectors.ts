import { assertUsableVector } from '../../domain/embedding-check.js';
import { toAppError } from '../../domain/errors.js';
import { parseSafetensorsHeader } from '../../model/safetensors-header.js';
import type { Embedding } from '../../ports/encoders.js';
import { invalidArchive, VECTORS_TENSOR } from './archive-format.js';
import { ByteReader } from './byte-reader.js';

const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;
/** One tensor takes some hundred bytes; what a file says of itself beside that is nobody's. */
const MAX_HEADER_BYTES = 64 * 1024;

export interface ArchivedVectors {
  count: number;
  dimension: number;
  /** To be read once. @throws AppError `invalid-archive` at a vector that an index would not take. */
  rows: AsyncGenerator<Embedding>;
}

/**
 * The rows of a vectors entry, one after the other as its bytes come: a safetensors file of one tensor, [clips, dimension],
 * F32.
 * @param sizeBytes of the whole entry
 * @throws AppError `invalid-archive`
 */
export async function readVectors(
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  entry: string,
): Promise<ArchivedVectors> {
  const reader = new ByteReader(content, () => invalidArchive(`${entry} ends too early`));
  const headerLength =
    sizeBytes < LENGTH_BYTES
      ? Number.NaN
      : Number(viewOf(await reader.take(LENGTH_BYTES)).getBigUint64(0, true));
  const dataLength = sizeBytes - LENGTH_BYTES - headerLength;
  if (!(dataLength >= 0 && headerLength <= MAX_HEADER_BYTES)) {
    throw invalidArchive(`${entry} ends within its header, or that is no header of one tensor`);
  }
  const [count, dimension] = shapeOf(await reader.take(headerLength), dataLength, entry);
  return { count, dimension, rows: readRows(reader, count, dimension, entry) };
}

function shapeOf(header: Uint8Array, dataLength: number, entry: string): [number, number] {
  const tensors = refusing(() => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    return parseSafetensorsHeader(text, dataLength, entry).entries;
  });
  const [tensor] = tensors;
  const [count, dimension, ...more] = tensor?.shape ?? [];
  if (
    tensors.length !== 1 ||
    tensor?.name !== VECTORS_TENSOR ||
    tensor.type !== 'F32' ||
    count === undefined ||
    dimension === undefined ||
    more.length > 0
  ) {
    throw invalidArchive(
      `${entry} does not hold one tensor "${VECTORS_TENSOR}" of type F32 with two dimensions`,
    );
  }
  return [count, dimension];
}

async function* readRows(
  reader: ByteReader,
  count: number,
  dimension: number,
  entry: string,
): AsyncGenerator<Embedding> {
  for (let row = 0; row < count; row++) {
    const view = viewOf(await reader.take(dimension * FLOAT_BYTES));
    const vector = Float32Array.from({ length: dimension }, (_, column) =>
      view.getFloat32(column * FLOAT_BYTES, true),
    );
    refusing(() => assertUsableVector(vector, dimension, `Row ${row} of ${entry}`));
    yield vector;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whatever is wrong is wrong with the archive. */
function refusing<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (thrown) {
    throw invalidArchive(toAppError(thrown).message.replace(/\.$/, ''), thrown);
  }
}
