import { freeBytes } from '../adapters/disk-space/free-bytes.js';
import { LEAST_FREE_BYTES } from '../app/operations/check-readiness.js';
import type { Observation } from '../app/operations/finding.js';
import type { StrayFiles } from '../app/videos/stray-files.js';
import { AppError } from '../domain/errors.js';
import { loadBundle } from '../model/read-bundle.js';

export const MEBIBYTE = 1024 * 1024;
/** About what an hour of uploads takes. */
const AMPLE_FREE_BYTES = 2048 * MEBIBYTE;

export async function observeDisk(folder: string): Promise<Observation> {
  const free = await freeBytes(folder);
  const detail = `${Math.floor(free / MEBIBYTE)} MiB free`;
  if (free < LEAST_FREE_BYTES) {
    throw new AppError('out-of-storage', `${detail}; ${LEAST_FREE_BYTES / MEBIBYTE} MiB are needed.`, {
      hint: 'Free some space, or move the library to another disk (--data).',
    });
  }
  return free < AMPLE_FREE_BYTES ? { detail, advice: 'That will not hold many uploads.' } : { detail };
}

/** Holds what is stored against the model that a bundle has. */
export async function observeVectors(stored: string | undefined, bundleFolder: string): Promise<Observation> {
  if (stored === undefined) return { detail: 'none yet' };
  const { fingerprint } = await loadBundle(bundleFolder);
  if (stored === fingerprint) return { detail: `of the model ${shortened(fingerprint)}` };
  throw new AppError(
    'model-mismatch',
    `The vectors are of the model ${shortened(stored)}, the bundle is ${shortened(fingerprint)}.`,
    { hint: 'Name the bundle they were made with (--bundle), or have the library encoded anew.' },
  );
}

function shortened(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}

/** @param advise what to do about files that no video names, by their keys */
export function observeStoredFiles(
  { missing, withoutVideo }: StrayFiles,
  advise: (keys: readonly string[]) => string,
): Observation {
  if (missing.length > 0) {
    throw new AppError('corrupt-data', `${missing.length} stored videos are gone: ${missing.join(', ')}.`, {
      hint: 'They can be found, not played: restore the data folder from a backup, upload them again, or delete them.',
    });
  }
  if (withoutVideo.length === 0)
    return { detail: 'every stored file has its video, and every video its file' };
  return { detail: `${withoutVideo.length} stored files belong to no video`, advice: advise(withoutVideo) };
}
