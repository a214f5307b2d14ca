import { assertUsableVector } from '../../domain/embedding-check.js';
import { toAppError } from '../../domain/errors.js';
import { parseSafetensorsHeader } from '../../model/safetensors-header.js';
import type { Embedding } from '../../ports/encoders.js';
import { invalidArchive, VECTORS_TENSOR } from './archive-format.js';

const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;

/**
 * The rows of a vectors entry: a safetensors file of one tensor, [clips, dimension], F32.
 * @throws AppError `invalid-archive`, also for a vector that an index would not take.
 */
export function parseVectors(bytes: Uint8Array, entry: string): Embedding[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.byteLength < LENGTH_BYTES ? Number.NaN : Number(view.getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerLength;
  if (!(dataStart <= bytes.byteLength)) throw invalidArchive(`${entry} ends within its header`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, dataStart));
    const { entries } = parseSafetensorsHeader(text, bytes.byteLength - dataStart, entry);
    const [tensor] = entries;
    const [rows, dimension] = tensor?.shape ?? [];
    if (
      entries.length !== 1 ||
      tensor?.name !== VECTORS_TENSOR ||
      tensor.type !== 'F32' ||
      tensor.shape.length !== 2
    ) {
      throw invalidArchive(
        `${entry} does not hold one tensor "${VECTORS_TENSOR}" of type F32 with two dimensions`,
      );
    }
    return Array.from({ length: rows! }, (_, row) => {
      const start = dataStart + row * dimension! * FLOAT_BYTES;
      const vector = Float32Array.from({ length: dimension! }, (_, column) =>
        view.getFloat32(start + column * FLOAT_BYTES, true),
      );
      assertUsableVector(vector, dimension!, `Row ${row} of ${entry}`);
      return vector;
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    throw error.code === 'invalid-archive' ? error : invalidArchive(error.message.replace(/\.$/, ''), thrown);
  }
}
