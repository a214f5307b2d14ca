import { randomUUID } from 'node:crypto';
import { basename, extname, resolve } from 'node:path';
import type { Video } from '../domain/video.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';
import { type EncodeVideoDependencies, encodeVideo, overallShare } from './encode-video.js';
import { followCatalog } from './follow-catalog.js';
import { hashFile } from './hash-file.js';
import { mediaFacts } from './media-facts.js';

export interface IngestDependencies extends EncodeVideoDependencies {
  catalog: Catalog;
  index: ClipIndex;
}

export interface IngestOptions {
  signal?: AbortSignal;
  /** Share of the work on the video that is done, 0 to 1. */
  onProgress?: (share: number) => void;
}

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
  const file = await hashFile(sourcePath, signal);
  const known = await catalog.findByContentHash(file.contentHash);
  if (known !== undefined && known.status !== 'failed') return { status: 'known', video: known };

  const info = await media.probe(sourcePath, signal);
  const newClips = await encodeVideo(sourcePath, info, dependencies, {
    signal,
    onProgress: (stage, share) => onProgress?.(overallShare(stage, share)),
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
    ...mediaFacts(info),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    revision: 1,
  };
  const added = await catalog.addVideo(video, newClips, videoEncoder.model.fingerprint);
  const stored = (await catalog.findByContentHash(file.contentHash)) ?? video;
  // Somebody else was faster with the same content.
  if (!added) return { status: 'known', video: stored };
  await followCatalog(index, catalog);
  return { status: 'ingested', video: stored, clipCount: newClips.length };
}
