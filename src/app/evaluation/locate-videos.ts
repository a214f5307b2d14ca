import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import type { EvaluationVideo } from './evaluation-set.js';

/**
 * Where each video lies in a folder and its subfolders: by its path, by its file name, or by its name without extension.
 * @returns by video id; a video that is not there is not in it.
 * @throws AppError `file-not-found` when there is no such folder.
 */
export async function locateVideos(
  folder: string,
  videos: readonly EvaluationVideo[],
): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new AppError('file-not-found', `There is no folder ${folder}.`, {
      cause,
      hint: 'Name the folder of the videos with --videos.',
    });
  });
  const byName = new Map<string, string>();
  // A full path is surer than a bare name, so it is entered last.
  const keys = [
    (name: string) => basename(name, extname(name)),
    (name: string) => basename(name),
    (name: string) => name.replaceAll('\\', '/'),
  ];
  for (const key of keys) for (const name of names.toSorted().reverse()) byName.set(key(name), name);
  const located = new Map<string, string>();
  for (const { id, file } of videos) {
    const name = [file, basename(file), id, basename(file, extname(file))]
      .map((candidate) => byName.get(candidate))
      .find((found) => found !== undefined);
    if (name !== undefined) located.set(id, join(folder, name));
  }
  return located;
}
