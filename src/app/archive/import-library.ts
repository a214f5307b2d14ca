import { stat } from 'node:fs/promises';
import { AppError, toAppError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { mayBeStored } from '../../domain/unknown-outcome.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { LibraryLoader, TransferredVideo } from '../../ports/library-transfer.js';
import { hashFile } from '../hash-file.js';
import { newBlobKey } from '../videos/accept-upload.js';
import { type ArchiveManifest, invalidArchive } from './archive-format.js';
import { readArchive, type VideoWithVectors, verifyArchive } from './read-archive.js';

export interface ImportDependencies {
  loader: LibraryLoader;
  blobs: BlobStore;
}

export interface ImportOptions {
  /** Into a library that holds something already: what it knows stays as it is. */
  merge: boolean;
  signal?: AbortSignal | undefined;
  /** @param share of the stage that is done, 0 to 1. */
  onProgress?: ((stage: 'verifying' | 'importing', share: number) => void) | undefined;
}

export interface LibraryImportReport {
  added: number;
  /** Videos of the archive whose content was there. */
  known: number;
  clips: number;
  /** Files of videos that came along. */
  files: number;
  modelFingerprint: string | null;
}

/**
 * Takes the videos of an archive into a library: first all of it is verified, and nothing touched; then all of it is taken
 * in, or nothing.
 * @throws AppError `invalid-archive`, `conflict` for a library that is not empty (without `merge`), `model-mismatch`,
 *   `out-of-storage`, `cancelled`.
 */
export async function importLibrary(
  path: string,
  { loader, blobs }: ImportDependencies,
  { merge, signal, onProgress }: ImportOptions,
): Promise<LibraryImportReport> {
  let seen = 0;
  const manifest = await verifyArchive(path, signal, () => onProgress?.('verifying', 1 - 1 / ++seen));
  assertFits(manifest, loader, merge);
  const report: LibraryImportReport = {
    added: 0,
    known: 0,
    clips: 0,
    files: 0,
    modelFingerprint: manifest.model?.fingerprint ?? null,
  };
  /** Keys of the files that videos of the part will have. */
  const keyOfContent = new Map<string, string>();
  const written: string[] = [];
  /** The videos of a part, until their files are there. */
  let coming: TransferredVideo[] = [];
  const takeIn = async () => {
    for (const video of coming) await loader.add(video, manifest.model!.fingerprint);
    coming = [];
    onProgress?.('importing', (report.added + report.known) / Math.max(1, manifest.videos));
  };
  try {
    for await (const item of readArchive(path, signal)) {
      if (item.kind === 'videos') {
        await takeIn();
        for await (const each of item.videos) {
          if (await loader.has(each.video.contentHash)) {
            report.known++;
            continue;
          }
          const blobKey = each.video.media ? newBlobKey() : null;
          if (blobKey !== null) keyOfContent.set(each.video.contentHash, blobKey);
          const sourcePath = await trustedPath(each.video, signal);
          coming.push({ ...transferred(each, blobKey), sourcePath });
          report.added++;
          report.clips += each.video.clips.length;
        }
      }
      if (item.kind === 'media') {
        const key = keyOfContent.get(item.contentHash);
        if (key === undefined) continue;
        written.push(key);
        await blobs.write(key, item.content);
        report.files++;
      }
    }
    await takeIn();
    signal?.throwIfAborted();
    await loader.commit();
  } catch (thrown) {
    // What may be stored all the same names its file.
    if (!mayBeStored(thrown)) for (const key of written) await blobs.delete(key);
    throw toAppError(thrown);
  }
  return report;
}

/** Before a path that must not be read: it is none then. */
const UNTRUSTED = 'archive:';

/**
 * An archive may come from anybody and name any file of this machine, which the library would then hand out as the video's.
 * A file that is there is looked at; what is not the content, or of another length yet, keeps its name, but leads nowhere.
 */
async function trustedPath(
  { contentHash, sourcePath, sizeBytes, media }: VideoWithVectors['video'],
  signal?: AbortSignal,
): Promise<string> {
  if (media) return sourcePath;
  const found = await stat(sourcePath).catch(() => undefined);
  if (found?.isFile() !== true) return sourcePath;
  // It may have that length tomorrow.
  if (found.size !== sizeBytes) return UNTRUSTED + sourcePath;
  const file = await hashFile(sourcePath, signal).catch(() => undefined);
  signal?.throwIfAborted();
  return file?.contentHash === contentHash ? sourcePath : UNTRUSTED + sourcePath;
}

/** @param hint what to do about it. @throws AppError `conflict` for a library that holds videos, unless they may stay. */
export function assertEmpty(videos: number, merge: boolean, hint: string): void {
  if (videos > 0 && !merge)
    throw new AppError('conflict', `The library holds ${videos} videos already.`, { hint });
}

function assertFits({ model }: ArchiveManifest, loader: LibraryLoader, merge: boolean): void {
  assertEmpty(
    loader.counts.videos,
    merge,
    'Add the archive to them with --merge, or import it into another folder (--data).',
  );
  const { modelFingerprint, dimension } = loader;
  if (model === null || modelFingerprint === undefined) return;
  if (model.fingerprint === modelFingerprint) {
    if (dimension === undefined || model.dimension === dimension) return;
    throw invalidArchive(
      `its vectors have ${model.dimension} values; those of model ${modelFingerprint.slice(0, 12)} have ${dimension}`,
    );
  }
  throw new AppError(
    'model-mismatch',
    `The archive is of model ${model.fingerprint.slice(0, 12)}, the library of ${modelFingerprint.slice(0, 12)}.`,
    {
      hint: 'Import it into another folder (--data), and bring that to the other model with: videre models use',
      details: { archive: model.fingerprint, library: modelFingerprint },
    },
  );
}

function transferred({ video, vectors }: VideoWithVectors, blobKey: string | null): TransferredVideo {
  const { media: _, clips, metadata, ...rest } = video;
  return {
    ...rest,
    metadata: metadata as JsonObject,
    blobKey,
    clips: clips.map((clip, position) => ({ ...clip, vector: vectors[position]! })),
  };
}
