import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { AppError } from '../../domain/errors.js';

/** What clients may have taken in, beyond their own uploads. */
export interface IntakeRules {
  maxUploadBytes: number;
  /** Folders of this machine whose files clients may name. */
  mediaRoots: readonly string[];
  /** Whether clients may name addresses. */
  allowUrls: boolean;
}

/** @throws AppError `forbidden`. */
export function assertUrlsAllowed({ allowUrls }: IntakeRules): void {
  if (allowUrls) return;
  throw new AppError('forbidden', 'This server takes no addresses.', {
    hint: 'Upload the file, or start the server with VIDERE_ALLOW_URLS=true.',
  });
}

/**
 * A path a client named, without links, inside one of the folders that are allowed. What lies outside is refused the
 * same way whether it exists or not.
 * @throws AppError `forbidden`, `file-not-found`, `invalid-input`.
 */
export async function resolveInsideRoots(path: string, { mediaRoots }: IntakeRules): Promise<string> {
  if (path.includes('\0') || !isAbsolute(path)) {
    throw new AppError('invalid-input', `${JSON.stringify(path)} is no absolute path.`);
  }
  const roots = await Promise.all(mediaRoots.map((root) => realpath(root).catch(() => undefined)));
  const existing = roots.filter((root) => root !== undefined);
  const named = resolve(path);
  const mayBeInside = [...mediaRoots.map((root) => resolve(root)), ...existing].some((root) =>
    isInside(named, root),
  );
  if (!mayBeInside) throw outside(path, mediaRoots);
  const real = await realpath(named).catch((cause) => {
    throw new AppError('file-not-found', `There is no file ${path}.`, { cause });
  });
  if (!existing.some((root) => isInside(real, root))) throw outside(path, mediaRoots);
  return real;
}

function isInside(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function outside(path: string, roots: readonly string[]): AppError {
  return new AppError('forbidden', `${path} is in none of the folders whose files may be named.`, {
    hint:
      roots.length === 0
        ? 'None is: name some with VIDERE_MEDIA_ROOTS when you start the server, or upload the file.'
        : 'Move the file into one of them, or upload it.',
  });
}
