import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../domain/errors.js';
import type { BundleContents } from './bundle-contents.js';
import type { LoadedBundle } from './loaded-bundle.js';
import { bundleFiles, decoderFiles, loadBundle, loadWholeBundle } from './read-bundle.js';
import { writeSafetensors } from './safetensors-writer.js';

export interface WriteBundleOptions {
  /** Replace a bundle that is there already. Anything else that is there is never replaced. */
  overwrite?: boolean;
}

/**
 * Writes a bundle folder, whole or not at all: into a temporary folder beside it, synced to the disk and read back
 * with every check, then renamed. A bundle it replaces stays in place until the new one is complete. It writes no decoder,
 * and so refuses a description that names one.
 * @returns the bundle as read back
 * @throws AppError `invalid-input` when something is there already, `invalid-model`, `out-of-storage`.
 */
export async function writeBundle(
  contents: BundleContents,
  folder: string,
  options: WriteBundleOptions = {},
): Promise<LoadedBundle> {
  const target = resolve(folder);
  const replaces = await checkTarget(target, options.overwrite ?? false);
  const temporary = siblingOf(target, 'new');
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
    await writeFiles(contents, temporary);
    await loadWholeBundle(temporary);
    await moveIntoPlace(temporary, target, replaces);
  } catch (error) {
    throw asStorageError(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return loadBundle(target);
}

/** @returns whether a bundle is there that may be replaced */
async function checkTarget(target: string, overwrite: boolean): Promise<boolean> {
  const status = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AppError('invalid-input', `${target} cannot be written (${error.code}).`, { cause: error });
  });
  if (status === undefined) return false;
  if (!status.isDirectory())
    throw new AppError('invalid-input', `${target} is there already and is no folder.`);
  const present = await readdir(target);
  if (present.length === 0) return false; // rename replaces an empty folder
  const known: readonly string[] = [...Object.values(bundleFiles), ...Object.values(decoderFiles)];
  const isBundle = present.includes(bundleFiles.description) && present.every((file) => known.includes(file));
  if (isBundle && overwrite) return true;
  throw new AppError(
    'invalid-input',
    `${target} is there already and ${isBundle ? 'holds a bundle' : 'is not empty'}.`,
    {
      hint: isBundle
        ? 'Choose another folder, or replace the bundle with --overwrite.'
        : 'Choose another folder.',
    },
  );
}

async function writeFiles(
  { description, tensors, tokenizerJson }: BundleContents,
  folder: string,
): Promise<void> {
  const toWrite = [...tensors].map(([name, { type, shape, bytes }]) => ({
    name,
    type,
    shape,
    bytes: () => bytes,
  }));
  await writeDurably(join(folder, bundleFiles.weights), writeSafetensors(toWrite, { format: 'pt' }));
  if (tokenizerJson !== undefined) {
    await writeDurably(join(folder, bundleFiles.tokenizer), [Buffer.from(tokenizerJson)]);
  }
  const json = `${JSON.stringify(description, null, 2)}\n`;
  await writeDurably(join(folder, bundleFiles.description), [Buffer.from(json)]);
  await syncFolder(folder);
}

async function writeDurably(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function moveIntoPlace(from: string, target: string, replaces: boolean): Promise<void> {
  const retired = siblingOf(target, 'old');
  if (replaces) await rename(target, retired);
  try {
    await rename(from, target);
  } catch (error) {
    if (replaces) await rename(retired, target);
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(retired, { recursive: true, force: true });
}

/** A rename is on the disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function siblingOf(target: string, role: 'new' | 'old'): string {
  return join(dirname(target), `.${basename(target)}.${role}-${randomBytes(6).toString('hex')}`);
}

function asStorageError(error: unknown, target: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('out-of-storage', `There is no room on the disk for the bundle ${target}.`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') {
    return new AppError('invalid-input', `${target} cannot be written (${code}).`, { cause: error });
  }
  return error;
}
