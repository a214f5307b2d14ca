import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import { EDGE_FILE_PART_BYTES, type EdgeCopy, type EdgePush } from '../../ports/edge-copy.js';
import type { VideoFile } from '../videos/stored-file.js';

export interface SendFileOptions {
  /** Hears of bytes that need not be sent any more. */
  onSent: (bytes: number) => void;
}

/**
 * Brings a file to the edge, parts that are there already excepted; the whole is what its hash says, or it is not there.
 * @throws AppError `not-found` when the file is another than it was when it was ingested; as `EdgeCopy`.
 */
export async function sendFile(
  edge: EdgeCopy,
  push: EdgePush,
  contentHash: string,
  { sizeBytes, read }: VideoFile,
  { onSent }: SendFileOptions,
): Promise<void> {
  const isWhole = sizeBytes <= EDGE_FILE_PART_BYTES;
  const there = isWhole ? [] : await edge.beginFile(push, contentHash);
  const hashes = new Map(there.map(({ part, sha256 }) => [part, sha256]));
  const whole = createHash('sha256');
  let part = 0;
  for await (const bytes of inPieces(await read())) {
    part++;
    whole.update(bytes);
    if (isWhole) {
      assertSame(contentHash, whole.copy().digest('hex'));
      await edge.putFile(push, contentHash, bytes);
    } else {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (hashes.get(part) !== sha256) await edge.putFilePart(push, contentHash, { part, sha256 }, bytes);
    }
    onSent(bytes.byteLength);
  }
  if (isWhole) return;
  const actual = whole.digest('hex');
  if (actual !== contentHash) await edge.abandonFile(push, contentHash);
  assertSame(contentHash, actual);
  await edge.completeFile(push, contentHash, part);
}

/** Pieces of equal size, but the last. */
async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (heldBytes + rest.byteLength >= EDGE_FILE_PART_BYTES) {
      const taken = EDGE_FILE_PART_BYTES - heldBytes;
      yield Buffer.concat([...held, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      held = [];
      heldBytes = 0;
    }
    held.push(rest);
    heldBytes += rest.byteLength;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

function assertSame(expected: string, actual: string): void {
  if (actual === expected) return;
  throw new AppError(
    'not-found',
    `The file has the SHA-256 ${actual}; when it was ingested it had ${expected}.`,
    {
      hint: 'If it is another now, delete the video and ingest the new file.',
    },
  );
}
