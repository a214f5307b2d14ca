import { readdir } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { hasVideoName } from '../find-video-files.js';
import type { EvaluationVideo } from './evaluation-set.js';

/**
 * Where each video lies in a folder and its subfolders: by its path, by its file name, or by its name without
 * an extension that videos have.
 * @returns by video id; a video that is not there is not in it.
 * @throws AppError `file-not-found` when there is no such folder.
 */
export async function locateVideos(
  folder: string,
  videos: readonly EvaluationVideo[],
): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError('file-not-found', `There is no folder ${folder}.`, {
      cause,
      hint: 'Name the folder of the videos with --videos.',
    });
  });
  // A folder of frames or a .json may stand beside a video under the same name.
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const byName = new Map<string, string>();
  // A full path is surer than a bare name, so it is entered last.
  const sorted = names.toSorted().reverse();
  for (const name of sorted.filter(hasVideoName)) byName.set(basename(name, extname(name)), name);
  for (const name of sorted) byName.set(basename(name), name);
  for (const name of sorted) byName.set(name.replaceAll('\\', '/'), name);
  const located = new Map<string, string>();
  for (const { id, file } of videos) {
    const name = [file, basename(file), id, basename(file, extname(file))]
      .map((candidate) => byName.get(candidate))
      .find((found) => found !== undefined);
    if (name !== undefined) located.set(id, join(folder, name));
  }
  return located;
}
