import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AppError } from '../domain/errors.js';

/**
 * Reads a file to its end.
 * @returns its hex SHA-256 and its length.
 * @throws AppError `file-not-found`, or `invalid-input` for what is no regular file.
 */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ contentHash: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new AppError('invalid-input', `The folder ${path} may not be read.`);
    if (!found.isFile()) throw new AppError('invalid-input', `${path} is no regular file.`);
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    throw readError(path, error);
  }
  return { contentHash: hash.digest('hex'), sizeBytes };
}

function readError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('file-not-found', `There is no file ${path}.`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError('invalid-input', `${path} may not be read.`, {
      cause: error,
      hint: 'Check the permissions of the file.',
    });
  }
  return error;
}
