import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { AppError } from '../domain/errors.js';

/** Inside folders only files with such names are taken for videos; a file named by itself is always tried. */
const VIDEO_EXTENSIONS = new Set(
  '.3gp .avi .flv .gif .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .webm .wmv'.split(' '),
);

/** Whether a file has the name of a video. */
export function hasVideoName(name: string): boolean {
  return VIDEO_EXTENSIONS.has(extname(name).toLowerCase());
}

export interface FoundFile {
  path: string;
  /** Given by itself, not found in a folder. */
  named: boolean;
}

export interface FoundFiles {
  /** Each file once, in the order of the paths, folders sorted by name. */
  files: FoundFile[];
  /** Files in folders that are no videos by their name. */
  passedOver: number;
}

/**
 * Looks through files and folders, folders with all they hold but hidden entries and links to other folders. What has
 * the name of a video and cannot be one (a broken link, a pipe) and a folder that may not be read are listed as well:
 * they are refused by name instead of vanishing.
 * @throws AppError `invalid-input` for an empty path, which would mean the current folder.
 */
export async function findVideoFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files = new Map<string, FoundFile>();
  let passedOver = 0;

  const lookInto = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
      files.set(folder, { path: folder, named: paths.includes(folder) });
      return;
    }
    entries.sort((left, right) => (left.name < right.name ? -1 : 1));
    for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await lookInto(path);
      else if (!hasVideoName(entry.name)) passedOver += Number(entry.isFile());
      else if (!files.has(path)) files.set(path, { path, named: false });
    }
  };

  if (paths.includes('')) {
    throw new AppError('invalid-input', 'One of the paths is empty.', { hint: 'Name files and folders.' });
  }
  for (const path of paths.map((given) => resolve(given))) {
    if (await isFolder(path)) await lookInto(path);
    else files.set(path, { path, named: true });
  }
  return { files: [...files.values()], passedOver };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
