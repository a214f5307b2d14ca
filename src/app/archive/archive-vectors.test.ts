import { describe, expect, it } from 'vitest';
import { collected } from '../../../test/support/collected.js';
import { encodeSafetensors } from '../../model/safetensors-writer.js';
import { readVectors } from './archive-vectors.js';

const DIMENSION = 8;
const vectors = Array.from({ length: 100 }, (_, row) =>
  Float32Array.from({ length: DIMENSION }, (_, column) => row + column + 1),
);
const entry = encodeSafetensors([
  {
    name: 'vectors',
    type: 'F32',
    shape: [vectors.length, DIMENSION],
    bytes: () => Buffer.concat(vectors.map(({ buffer }) => Buffer.from(buffer))),
  },
]);

/** Counts the pieces it was asked for. */
function inPieces(bytes: Uint8Array, pieceBytes: number) {
  const asked = { pieces: 0 };
  async function* content() {
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      asked.pieces++;
      yield bytes.subarray(start, start + pieceBytes);
    }
  }
  return { asked, content: content() };
}

describe('readVectors', () => {
  it.each([1, 7, 32, 1000, 100_000])(
    'gives the rows, whatever pieces they come in: %i bytes',
    async (pieceBytes) => {
      const read = await readVectors(inPieces(entry, pieceBytes).content, entry.length, 'v');
      expect(read).toMatchObject({ count: 100, dimension: DIMENSION });
      expect(await collected(read.rows)).toEqual(vectors);
    },
  );

  it('asks for no more than the row that is wanted', async () => {
    const { content, asked } = inPieces(entry, 100);
    const { rows } = await readVectors(content, entry.length, 'v');
    const ofHeader = asked.pieces;
    await rows.next();
    expect(asked.pieces).toBeLessThanOrEqual(ofHeader + 1);
    expect(entry.length / 100).toBeGreaterThan(ofHeader + 20);
  });

  it.each([
    ['cut short', entry.subarray(0, entry.length - 1)],
    ['longer', Buffer.concat([entry, Buffer.alloc(4)])],
    ['of a header alone', entry.subarray(0, 20)],
    ['of a few bytes', entry.subarray(0, 5)],
    ['of a header without an end', Buffer.alloc(entry.length, 255)],
  ])('refuses one that is %s', async (_, bytes) => {
    const reading = readVectors(inPieces(bytes, 100).content, bytes.length, 'v').then(({ rows }) =>
      collected(rows),
    );
    await expect(reading).rejects.toMatchObject({ code: 'invalid-archive' });
  });

  it('refuses one that ends before its size says', async () => {
    const { content } = inPieces(entry.subarray(0, entry.length - 40), 100);
    const { rows } = await readVectors(content, entry.length, 'v');
    await expect(collected(rows)).rejects.toMatchObject({
      code: 'invalid-archive',
      message: expect.stringContaining('ends too early'),
    });
  });
});
