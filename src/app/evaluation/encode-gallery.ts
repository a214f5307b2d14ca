import { type AppError, toAppError } from '../../domain/errors.js';
import type { Embedding } from '../../ports/encoders.js';
import type { MediaReader } from '../../ports/media-reader.js';
import type { Reranker, RerankVideo } from '../../ports/reranker.js';
import { assembleClips } from '../assemble-clips.js';
import { type FrameSampler, framesNeeded, planClips } from '../plan-clips.js';
import type { EvaluationVideo } from './evaluation-set.js';
import type { FeatureCache } from './feature-cache.js';
import { type FrameOrder, orderedSampler, seedOfContent } from './frame-orders.js';
import { locateVideos } from './locate-videos.js';
import { contentHashOf } from './tensor-cache.js';

export interface GalleryDependencies {
  media: MediaReader;
  reranker: Reranker;
  cache: FeatureCache;
}

export interface GalleryVideo {
  id: string;
  path: string;
  contentHash: string;
  embedding: Embedding;
}

export interface MissingVideo {
  id: string;
  reason: string;
}

export interface Gallery {
  /** In the order of the set. */
  videos: GalleryVideo[];
  /** Not there, or not to be decoded. */
  missing: MissingVideo[];
  /** Videos that were encoded before. */
  fromCache: number;
}

/** Two files at a time: one is decoded while the other is encoded. */
const FILES_AT_ONCE = 2;

/**
 * Encodes the videos of a set, each as one clip over its whole length, as published retrieval figures have it.
 * @throws AppError `file-not-found` for the folder, `cancelled`, and what is no fault of a single video.
 */
export async function encodeGallery(
  videos: readonly EvaluationVideo[],
  folder: string,
  { media, reranker, cache }: GalleryDependencies,
  order: FrameOrder,
  seed: number,
  onDone: (id: string) => void,
  signal?: AbortSignal,
): Promise<Gallery> {
  const located = await locateVideos(folder, videos);
  const outcomes: (GalleryVideo | MissingVideo)[] = [];
  let fromCache = 0;
  let next = 0;

  const encodeOne = async ({ id, file }: EvaluationVideo): Promise<GalleryVideo | MissingVideo> => {
    const path = located.get(id);
    if (path === undefined) return { id, reason: `no file ${file} in ${folder}` };
    try {
      const contentHash = await contentHashOf(path, signal);
      let features = await cache.read(contentHash);
      if (features === undefined) {
        const sampler = orderedSampler(order, seedOfContent(contentHash, seed));
        features = await describeFile(path, media, reranker, sampler, signal);
        await cache.write(contentHash, features);
      } else fromCache++;
      return { id, path, contentHash, embedding: features.embedding };
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = toAppError(thrown);
      if (!concernsOneFile(error)) throw error;
      return { id, reason: `${error.code}: ${error.message}` };
    }
  };
  const worker = async (): Promise<void> => {
    while (next < videos.length) {
      signal?.throwIfAborted();
      const position = next++;
      outcomes[position] = await encodeOne(videos[position]!);
      onDone(videos[position]!.id);
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, worker));
  for (const each of settled) if (each.status === 'rejected') throw toAppError(each.reason);

  return {
    videos: outcomes.filter((outcome) => 'embedding' in outcome),
    missing: outcomes.filter((outcome) => 'reason' in outcome),
    fromCache,
  };
}

async function describeFile(
  path: string,
  media: MediaReader,
  reranker: Reranker,
  sampleFrames: FrameSampler,
  signal?: AbortSignal,
): Promise<RerankVideo> {
  const info = await media.probe(path, signal);
  const whole = { windowSeconds: Number.POSITIVE_INFINITY, strideSeconds: Number.POSITIVE_INFINITY };
  const plan = planClips(info, whole, reranker.model.framesPerClip, sampleFrames);
  const frames = media.frames(path, info, framesNeeded(plan), signal);
  for await (const clip of assembleClips(plan, frames))
    return await reranker.describeVideo(clip.frames, signal);
  throw new Error(`No clip came of ${path}.`);
}

function concernsOneFile({ code }: AppError): boolean {
  return ['unsupported-media', 'truncated-media', 'media-limit', 'file-not-found', 'timed-out'].includes(
    code,
  );
}
