import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseContents, DatabaseCopies } from '../../ports/library-backup.js';
import { hashFile } from '../hash-file.js';
import {
  type BackupManifest,
  blobFile,
  CHECKSUMS,
  DATABASE,
  invalidBackup,
  MANIFEST,
  parseChecksums,
  parseManifest,
} from './backup-format.js';
import { errorCode } from './durable-files.js';

/** Part of the work that reading the files is taken for; the rest is the database. */
const FILES_SHARE = 0.8;

export interface VerifyOptions {
  signal?: AbortSignal | undefined;
  /** @param share 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

export interface SoundBackup {
  manifest: BackupManifest;
  /** Hex SHA-256 by name: all its files but the list itself. */
  checksums: ReadonlyMap<string, string>;
}

/**
 * Reads a backup whole, and changes nothing: that every file is there and is byte for byte what was written, that the
 * database is sound, every vector in it included, and that the backup has what the database names.
 * @param backup its folder
 * @throws AppError `invalid-archive` saying what is wrong.
 */
export async function verifyBackup(
  backup: string,
  copies: DatabaseCopies,
  { signal, onProgress = () => {} }: VerifyOptions = {},
): Promise<SoundBackup> {
  const checksums = parseChecksums(await readText(backup, CHECKSUMS));
  let done = 0;
  for (const [name, sha256] of checksums) {
    await verifyFile(backup, name, sha256, signal);
    done++;
    onProgress((FILES_SHARE * done) / checksums.size);
  }
  const manifest = parseManifest(await readText(backup, MANIFEST));
  const database = join(backup, DATABASE);
  await copies.verify(database, signal).catch((error) => {
    if (error.code === 'cancelled') throw error;
    throw invalidBackup(`its database is damaged: ${error.message}`, error);
  });
  assertComplete(checksums, manifest, await copies.contents(database));
  onProgress(1);
  return { manifest, checksums };
}

async function verifyFile(
  backup: string,
  name: string,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = join(backup, name);
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) throw invalidBackup(`its file ${name} is missing`);
  // A link could lead to what changes, or to what is not the backup's.
  if (!found.isFile()) throw invalidBackup(`its ${name} is no regular file`);
  if ((await hashFile(path, signal)).contentHash !== sha256) {
    throw invalidBackup(`its file ${name} does not match its checksum`);
  }
}

function assertComplete(
  checksums: ReadonlyMap<string, string>,
  manifest: BackupManifest,
  { videos, clips, ownedFiles }: DatabaseContents,
): void {
  if (manifest.videos !== videos || manifest.clips !== clips) {
    throw invalidBackup(
      `its database has ${videos} videos and ${clips} clips; its ${MANIFEST} says ${manifest.videos} and ${manifest.clips}`,
    );
  }
  const without = new Set(manifest.withoutFile.map(({ videoId }) => videoId));
  for (const { videoId, blobKey } of ownedFiles) {
    if (checksums.has(blobFile(blobKey)) || without.has(videoId)) continue;
    throw invalidBackup(`the file ${blobFile(blobKey)} of video ${videoId} is not in it`);
  }
}

async function readText(backup: string, name: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(backup, name));
  } catch (error) {
    throw invalidBackup(`its file ${name} cannot be read (${errorCode(error)})`, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidBackup(`its ${name} is not UTF-8 text`, cause);
  }
}
