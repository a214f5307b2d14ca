import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AppError } from '../domain/errors.js';

/** Random access to the bytes of a model file, so that one tensor can be read without the rest. */
export interface ByteSource {
  /** What error messages call it: a path, or a word for bytes in memory. */
  readonly name: string;
  readonly byteLength: number;
  /** @throws AppError `invalid-model` when the range leaves the source. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

function checkRange(source: ByteSource, offset: number, length: number): void {
  const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!inside || offset + length > source.byteLength) {
    throw new AppError(
      'invalid-model',
      `${source.name}: bytes ${offset}..${offset + length} are asked for, but the file has ${source.byteLength}; it is truncated or damaged.`,
    );
  }
}

/** Bytes already in memory; reads are views, not copies. */
export function bytesInMemory(bytes: Uint8Array, name = 'model data in memory'): ByteSource {
  const source: ByteSource = {
    name,
    byteLength: bytes.byteLength,
    read(offset, length) {
      checkRange(source, offset, length);
      return bytes.subarray(offset, offset + length);
    },
    close() {},
  };
  return source;
}

/**
 * A regular file, held open. Symbolic links, folders, pipes and devices are refused unless `followLinks` is set,
 * which lets the last link through (a path the user typed may be one; a file inside a bundle may not).
 * @throws AppError `file-not-found` or `invalid-model`.
 */
export function openByteSource(path: string, options: { followLinks?: boolean } = {}): ByteSource {
  // O_NONBLOCK so that a pipe put in the file's place cannot hang the open.
  const linkFlag = options.followLinks ? 0 : constants.O_NOFOLLOW;
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | linkFlag);
  } catch (cause) {
    throw openingError(path, cause);
  }
  const status = fstatSync(descriptor);
  if (!status.isFile()) {
    closeSync(descriptor);
    throw new AppError('invalid-model', `${path} is not a regular file.`);
  }
  let open = true;
  const source: ByteSource = {
    name: path,
    byteLength: status.size,
    read(offset, length) {
      checkRange(source, offset, length);
      const bytes = new Uint8Array(length);
      // One readSync moves at most 2^31 - 1 bytes, and may move fewer.
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
        if (count === 0) throw new AppError('invalid-model', `${path} became shorter while it was read.`);
        done += count;
      }
      return bytes;
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
  return source;
}

function openingError(path: string, cause: unknown): AppError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('file-not-found', `${path} does not exist.`, { cause });
  }
  if (code === 'ELOOP') {
    return new AppError('invalid-model', `${path} is a symbolic link; a model's files must be real files.`, {
      cause,
    });
  }
  return new AppError('invalid-model', `${path} cannot be read (${code ?? 'unknown reason'}).`, { cause });
}
