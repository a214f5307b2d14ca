import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import type { IndexFileRecord } from '../../ports/clip-index.js';
import type { Graph } from './graph.js';
import { assertWrittenWhole, eraseDeadVectors, markDead } from './hnsw-file.js';

/** Names of index files, whole and on their way. */
const INDEX_FILE = /^index-[0-9a-f-]+\.(?:hnsw|tmp)$/;

interface IndexFileOptions {
  folder: string;
  modelFingerprint: string;
}

/** Whether a file is byte for byte what was recorded, and of the same model: hnswlib crashes or lies on a damaged one. */
export async function isSoundFile(
  { folder, modelFingerprint }: IndexFileOptions,
  record: IndexFileRecord,
): Promise<boolean> {
  if (record.modelFingerprint !== modelFingerprint) return false;
  const path = join(folder, record.name);
  return (await fileSize(path)) === record.sizeBytes && (await hashFile(path)) === record.sha256;
}

/**
 * Writes a graph beside the file that counts, which stays as it is.
 * @returns what is to be recorded of the new file; until it is, the old one counts.
 * @throws AppError `out-of-storage`; nothing of the new file is left then.
 */
export async function writeIndexFile(
  graph: Graph,
  { folder, modelFingerprint }: IndexFileOptions,
): Promise<IndexFileRecord> {
  const clipCount = graph.size;
  const hasDead = graph.dead > 0;
  const file = await writeUnderItsName(folder, async (temporary) => {
    await graph.write(temporary);
    await assertWrittenWhole(temporary);
    if (hasDead) await eraseDeadVectors(temporary);
  });
  return { ...file, clipCount, modelFingerprint };
}

/**
 * Takes clips out of a saved file that nobody has loaded: what is written beside it holds nothing of them, and answers as the
 * file did otherwise. A file that is not what was recorded is of no use to anybody and is removed.
 * @returns what is to be recorded of the new file; undefined where none of the clips was in the old one, or it is gone.
 * @throws AppError `out-of-storage`; the old one still counts then.
 */
export async function removeFromIndexFile(
  folder: string,
  record: IndexFileRecord,
  clipIds: ReadonlySet<number>,
): Promise<IndexFileRecord | undefined> {
  const path = join(folder, record.name);
  const { modelFingerprint } = record;
  if (!(await isSoundFile({ folder, modelFingerprint }, record))) {
    await rm(path, { force: true });
    return undefined;
  }
  let removed = 0;
  const file = await writeUnderItsName(folder, async (temporary) => {
    await copyFile(path, temporary).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOSPC' || error.code === 'EDQUOT' ? noRoomBeside(path, error) : error;
    });
    removed = await markDead(temporary, clipIds);
    if (removed > 0) await eraseDeadVectors(temporary);
  });
  if (removed === 0) return undefined;
  return { ...file, clipCount: record.clipCount - removed, modelFingerprint };
}

function noRoomBeside(path: string, cause: Error): AppError {
  return new AppError(
    'out-of-storage',
    `There is no room to write the index file ${path} anew without the clips.`,
    {
      hint: 'They are deleted and found by nobody; their vectors stay in that file until the library is opened next.',
      cause,
    },
  );
}

/** Has a file written and gives it the name that goes with its content; nothing is left of one that could not be. */
async function writeUnderItsName(
  folder: string,
  write: (temporary: string) => Promise<void>,
): Promise<Pick<IndexFileRecord, 'name' | 'sizeBytes' | 'sha256'>> {
  const temporary = join(folder, `index-${randomUUID()}.tmp`);
  try {
    await write(temporary);
    await syncToDisk(temporary);
    const sha256 = await hashFile(temporary);
    const { size: sizeBytes } = await stat(temporary);
    const name = `index-${sha256.slice(0, 16)}.hnsw`;
    await rename(temporary, join(folder, name));
    await syncToDisk(folder);
    return { name, sizeBytes, sha256 };
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes what a process left that was ended while it saved: files on their way, and whole ones that were not recorded
 * yet or are not any more. Only while nobody saves.
 * @param recorded names of the files that count
 * @returns the names removed.
 */
export async function removeStrayIndexFiles(folder: string, recorded: readonly string[]): Promise<string[]> {
  const strays = (await readdir(folder)).filter((name) => INDEX_FILE.test(name) && !recorded.includes(name));
  for (const name of strays) await rm(join(folder, name), { force: true });
  return strays;
}

/** Flushes a file, or the names in a folder, to the disk. */
async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** Bytes of a file, or undefined when there is none. */
async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}
