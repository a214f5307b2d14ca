import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import tar from 'tar-stream';
import { AppError } from '../../domain/errors.js';
import { type EntryKind, entryKind, invalidArchive } from './archive-format.js';

/** One entry on its way past; what of it nobody reads is read over when its hash is asked for. */
export class ArchiveEntry {
  readonly name: string;
  readonly kind: EntryKind;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
  readonly #hash: Hash = createHash('sha256');

  constructor(name: string, sizeBytes: number, source: AsyncIterable<Uint8Array>) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.kind = entryKind(name, sizeBytes);
    this.content = this.#hashed(source);
  }

  /** All of it at once: for entries whose size is bounded. */
  async all(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.content) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Hex, of all of it. */
  async sha256(): Promise<string> {
    for await (const _ of this.content);
    return this.#hash.digest('hex');
  }

  async *#hashed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of source) {
        this.#hash.update(piece);
        yield piece;
      }
    } catch (thrown) {
      throw readError(this.name, thrown);
    }
  }
}

/**
 * The entries of a tar file, one after the other.
 * @throws AppError `invalid-archive` for what is no tar file, ends early, or holds what an archive does not; `file-not-found`.
 */
export async function* archiveEntries(path: string, signal?: AbortSignal): AsyncGenerator<ArchiveEntry> {
  const extract = tar.extract();
  const file = createReadStream(path, {
    highWaterMark: 2 ** 20,
    ...(signal === undefined ? {} : { signal }),
  });
  file.on('error', (error) => extract.destroy(error));
  file.pipe(extract);
  try {
    for await (const stream of extract) {
      const { name, size = 0, type } = stream.header;
      if (type !== 'file') throw invalidArchive(`its entry ${JSON.stringify(name)} is a ${type}, not a file`);
      yield new ArchiveEntry(name, size, stream);
    }
  } catch (thrown) {
    throw readError(path, thrown);
  } finally {
    file.destroy();
  }
}

function readError(path: string, thrown: unknown): unknown {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return thrown;
  const code = 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT')
    return new AppError('file-not-found', `There is no file ${path}.`, { cause: thrown });
  if (code === 'ABORT_ERR') return new AppError('cancelled', 'The import was cancelled.', { cause: thrown });
  if (typeof code === 'string') {
    return new AppError('invalid-input', `${path} cannot be read (${code}).`, { cause: thrown });
  }
  return invalidArchive(`it is no tar file, or a part of one (${thrown.message})`, thrown);
}
