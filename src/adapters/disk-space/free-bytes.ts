import { statfs } from 'node:fs/promises';

/** What an ordinary user may still write on the disk that holds the folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
