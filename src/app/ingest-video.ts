import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { AppError } from '../domain/errors.js';
import type { Video } from '../domain/video.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';
import { type EncodeVideoDependencies, encodeVideo } from './encode-video.js';
import { followCatalog } from './follow-catalog.js';

export interface IngestDependencies extends EncodeVideoDependencies {
  catalog: Catalog;
  index: ClipIndex;
}

export interface IngestOptions {
  signal?: AbortSignal;
  /** Share of the work on the video that is done, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** What finding the shots takes of the time, about; most of it goes to the encoder. */
const SURVEY_SHARE = 0.1;

export type IngestResult =
  | { status: 'ingested'; video: Video; clipCount: number }
  /** The same content is in the library already, perhaps under another name. */
  | { status: 'known'; video: Video };

/**
 * Takes one video file into the library: hash, probe, cut, encode, store, index. Until the last frame is encoded
 * nothing is stored; then the video, its clips and their vectors are stored in one transaction.
 * @throws AppError what `MediaReader` and `VideoEncoder` throw; the library is as it was then.
 */
export async function ingestVideo(
  path: string,
  dependencies: IngestDependencies,
  { signal, onProgress }: IngestOptions = {},
): Promise<IngestResult> {
  const { catalog, index, media, videoEncoder } = dependencies;
  const sourcePath = resolve(path);
  const file = await readWholeFile(sourcePath, signal);
  const known = await catalog.findByContentHash(file.contentHash);
  if (known !== undefined) return { status: 'known', video: known };

  const info = await media.probe(sourcePath, signal);
  const newClips = await encodeVideo(sourcePath, info, dependencies, {
    signal,
    onProgress: (stage, share) =>
      onProgress?.(stage === 'surveying' ? SURVEY_SHARE * share : SURVEY_SHARE + (1 - SURVEY_SHARE) * share),
  });

  const nowMs = Date.now();
  const video: Video = {
    id: randomUUID(),
    ...file,
    title: basename(sourcePath, extname(sourcePath)),
    status: 'ready',
    description: '',
    tags: [],
    metadata: {},
    sourcePath,
    blobKey: null,
    container: info.container,
    codec: info.codec,
    width: info.width,
    height: info.height,
    durationSeconds: info.durationSeconds,
    frameCount: info.frameTimes.length,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    revision: 1,
  };
  const added = await catalog.addVideo(video, newClips, videoEncoder.model.fingerprint);
  // Somebody else was faster with the same content.
  if (!added) return { status: 'known', video: (await catalog.findByContentHash(file.contentHash)) ?? video };
  await followCatalog(index, catalog);
  return { status: 'ingested', video, clipCount: newClips.length };
}

/** @throws AppError `file-not-found`, or `invalid-input` for what is no regular file. */
async function readWholeFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ contentHash: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new AppError('invalid-input', `The folder ${path} may not be read.`);
    if (!found.isFile()) throw new AppError('invalid-input', `${path} is no regular file.`);
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    throw readError(path, error);
  }
  return { contentHash: hash.digest('hex'), sizeBytes };
}

function readError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('file-not-found', `There is no file ${path}.`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError('invalid-input', `${path} may not be read.`, {
      cause: error,
      hint: 'Check the permissions of the file.',
    });
  }
  return error;
}
