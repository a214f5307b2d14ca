import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexFileRecord } from '../../ports/clip-index.js';
import type { Graph } from './graph.js';
import { assertWrittenWhole, eraseDeadVectors } from './hnsw-file.js';

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
  const temporary = join(folder, `index-${randomUUID()}.tmp`);
  try {
    await graph.write(temporary);
    await assertWrittenWhole(temporary);
    if (hasDead) await eraseDeadVectors(temporary);
    await syncToDisk(temporary);
    const sha256 = await hashFile(temporary);
    const { size: sizeBytes } = await stat(temporary);
    // A name of its own for every content.
    const name = `index-${sha256.slice(0, 16)}.hnsw`;
    await rename(temporary, join(folder, name));
    await syncToDisk(folder);
    return { name, sizeBytes, sha256, clipCount, modelFingerprint };
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
