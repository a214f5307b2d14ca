import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a process can be killed in the middle of. */
export const ACTIVITIES = ['ingest', 'search', 'delete', 'backup', 'index save'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** What a killed process was in the middle of writing, by the files it left. */
export async function tracesOf(dataFolder: string, backupFolder: string): Promise<Activity[]> {
  const left: Activity[] = [];
  const names = await namesIn(dataFolder);
  const indexes = names.filter((name) => name.endsWith('.hnsw'));
  if (names.some((name) => name.endsWith('.tmp')) || indexes.length > 1) left.push('index save');
  if ((await namesIn(backupFolder)).some((name) => name.startsWith('.unfinished-'))) left.push('backup');
  if ((await namesIn(join(dataFolder, 'blobs', '.unfinished'))).length > 0) left.push('ingest');
  return left;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
