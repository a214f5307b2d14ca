import type { Embedding } from '../../ports/encoders.js';
import type { MediaReader } from '../../ports/media-reader.js';
import type { Reranker, RerankVideo } from '../../ports/reranker.js';
import { assembleClips } from '../assemble-clips.js';
import { type FrameSampler, framesNeeded, planClips } from '../plan-clips.js';
import { eachVideo, type MissingVideo } from './each-video.js';
import type { EvaluationVideo } from './evaluation-set.js';
import type { FeatureCache } from './feature-cache.js';
import { type FrameOrder, orderedSampler, seedOfContent } from './frame-orders.js';
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

export interface Gallery {
  /** In the order of the set. */
  videos: GalleryVideo[];
  missing: MissingVideo[];
  /** Videos that were encoded before. */
  fromCache: number;
}

/** A video is one clip over its whole length. */
export const WHOLE_VIDEO = {
  windowSeconds: Number.POSITIVE_INFINITY,
  strideSeconds: Number.POSITIVE_INFINITY,
};

/**
 * Encodes the videos of a set, each as one clip over its whole length, as published retrieval figures have it.
 * @throws AppError as `eachVideo`.
 */
export async function encodeGallery(
  videos: readonly EvaluationVideo[],
  folder: string,
  { media, reranker, cache }: GalleryDependencies,
  order: FrameOrder,
  seed: number,
  onDone: () => void,
  signal?: AbortSignal,
): Promise<Gallery> {
  let fromCache = 0;
  const encode = async (path: string, { id }: EvaluationVideo): Promise<GalleryVideo> => {
    const contentHash = await contentHashOf(path, signal);
    let features = await cache.read(contentHash);
    if (features === undefined) {
      const sampler = orderedSampler(order, seedOfContent(contentHash, seed));
      features = await describeFile(path, media, reranker, sampler, signal);
      await cache.write(contentHash, features);
    } else fromCache++;
    return { id, path, contentHash, embedding: features.embedding };
  };
  const { results, missing } = await eachVideo(videos, folder, encode, onDone, signal);
  return { videos: results, missing, fromCache };
}

async function describeFile(
  path: string,
  media: MediaReader,
  reranker: Reranker,
  sampleFrames: FrameSampler,
  signal?: AbortSignal,
): Promise<RerankVideo> {
  const info = await media.probe(path, signal);
  const plan = planClips(info, WHOLE_VIDEO, reranker.model.framesPerClip, sampleFrames);
  const frames = media.frames(path, info, framesNeeded(plan), signal);
  for await (const clip of assembleClips(plan, frames)) {
    const described = await reranker.describeVideo(clip.frames, signal);
    clip.release();
    return described;
  }
  throw new Error(`No clip came of ${path}.`);
}
