import { createHash } from 'node:crypto';
import type { R2Bucket } from '@cloudflare/workers-types';
import { AppError } from '../../domain/errors.js';
import { plainBytes } from './bytes.js';

/** @throws AppError `corrupt-data` when the bytes are others than their publisher hashed. */
export function assertHash(bytes: Uint8Array, sha256: string, what: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === sha256) return;
  throw new AppError('corrupt-data', `${what} has the SHA-256 ${actual}, not ${sha256}.`, {
    hint: 'It was changed on its way, or on the disk it comes from: push again.',
  });
}

/** Puts a file that is whole. @param sha256 hex. @throws AppError as `assertHash`. */
export async function putVerified(
  files: R2Bucket,
  key: string,
  bytes: Uint8Array,
  sha256: string,
): Promise<void> {
  assertHash(bytes, sha256, key);
  // The bucket compares once more with what it wrote.
  await files.put(key, plainBytes(bytes), { sha256 });
}
