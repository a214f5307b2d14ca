import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assertBlobKey, isBlobKey } from '../../domain/blob-key.js';
import { AppError } from '../../domain/errors.js';
import type { BlobStore, ByteRange, PassingFiles, StoredBlob } from '../../ports/blob-store.js';

/** A hundred slow uploads hold as many of them. */
const BATCH_BYTES = 2 ** 18;
/** No key starts like this. */
const UNFINISHED = '.unfinished';

/** Blobs as files below one folder, each under its key. */
export class BlobFiles implements BlobStore {
  readonly #folder: string;

  /** @param folder made at the first write. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async sweep(): Promise<void> {
    await rm(join(this.#folder, UNFINISHED), { recursive: true, force: true });
  }

  async write(key: string, source: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const path = this.#path(key);
    const unfinished = join(this.#folder, UNFINISHED, randomUUID());
    try {
      await mkdir(dirname(unfinished), { recursive: true });
      const stored = await writeDurably(unfinished, source);
      await mkdir(dirname(path), { recursive: true });
      await rename(unfinished, path);
      await syncFolders(dirname(path), this.#folder);
      return stored;
    } catch (error) {
      throw storageError(error, this.#folder);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async size(key: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(key))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    const file = await open(this.#path(key)).catch((error) => {
      throw isMissing(error) ? notFound(key) : error;
    });
    // Opened before it is promised, so that a missing blob is told as such and a deleted one is read to its end.
    const stream = createReadStream('', { fd: file, ...range });
    return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  }

  async withFile<Result>(key: string, work: (path: string) => Promise<Result>): Promise<Result> {
    if ((await this.size(key)) === undefined) throw notFound(key);
    return work(this.#path(key));
  }

  async withPassingFiles<Result>(work: (files: PassingFiles) => Promise<Result>): Promise<Result> {
    const folder = join(this.#folder, UNFINISHED, randomUUID());
    try {
      return await work({ write: (source) => this.#writePassing(folder, source) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async deleteAll(prefix: string): Promise<void> {
    await rm(this.#prefixPath(prefix), { recursive: true, force: true });
  }

  async *list(prefix?: string): AsyncGenerator<string> {
    const start = prefix === undefined ? this.#folder : this.#prefixPath(prefix);
    const folder = await opendir(start, { recursive: true }).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for await (const entry of folder) {
      const key = relative(this.#folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/');
      if (entry.isFile() && isBlobKey(key)) yield key;
    }
  }

  async #writePassing(folder: string, source: AsyncIterable<Uint8Array>): Promise<string> {
    const path = join(folder, randomUUID());
    try {
      await mkdir(folder, { recursive: true });
      await pipeline(source, createWriteStream(path));
      return path;
    } catch (error) {
      throw storageError(error, this.#folder);
    }
  }

  #path(key: string): string {
    assertBlobKey(key);
    return join(this.#folder, ...key.split('/'));
  }

  #prefixPath(prefix: string): string {
    return this.#path(prefix.replace(/\/$/, ''));
  }
}

async function writeDurably(path: string, source: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx');
  try {
    for await (const chunks of inBatches(source)) {
      for (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      await writeAll(file, chunks);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sizeBytes, contentHash: hash.digest('hex') };
}

/** Chunks of the network are small, and every write takes a turn of a thread. */
async function* inBatches(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    batch.push(chunk);
    bytes += chunk.length;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await file.writev(chunks);
  // A disk that is nearly full takes a part; the rest then says why.
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}

/** A new name lasts only once the folder that holds it is on the disk, and so on upwards. */
async function syncFolders(from: string, upTo: string): Promise<void> {
  const folder = await open(from, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  if (from !== upTo) await syncFolders(dirname(from), upTo);
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function notFound(key: string): AppError {
  return new AppError('not-found', `The stored file ${key} is gone.`, {
    hint: 'Restore the data folder from a backup, or delete the video and upload it again.',
  });
}

function storageError(error: unknown, folder: string): unknown {
  const code = errorCode(error);
  if (!['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS'].includes(code ?? '')) return error;
  return new AppError('out-of-storage', `The disk that holds ${folder} is full or failing (${code}).`, {
    cause: error,
    hint: 'Free some space, and try again.',
  });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
