import { innerProduct } from '../../domain/inner-product.js';
import type { Video } from '../../domain/video.js';
import type { CatalogReader, StoredClip } from '../../ports/catalog.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import type { FoundClip } from './answer-question.js';

export interface FindDependencies {
  catalog: CatalogReader;
  textEncoder: TextEncoder;
}

/** Clips of a video that the model at hand can compare with a text, in order of time. */
export async function comparableClips(
  videoId: string,
  { catalog, textEncoder }: FindDependencies,
): Promise<StoredClip[]> {
  const { fingerprint } = textEncoder.model;
  return (await catalog.clipsOfVideo(videoId)).filter(
    ({ modelFingerprint }) => modelFingerprint === fingerprint,
  );
}

/** The same, scored. */
export async function scoredClips(
  video: Pick<Video, 'id' | 'title'>,
  text: Embedding,
  dependencies: FindDependencies,
): Promise<FoundClip[]> {
  return (await comparableClips(video.id, dependencies)).map((clip) => foundClip(clip, video.title, text));
}

function foundClip(
  { id, videoId, startSeconds, endSeconds, vector }: StoredClip,
  title: string,
  text: Embedding,
): FoundClip {
  return { clipId: id, videoId, title, startSeconds, endSeconds, vector, score: innerProduct(text, vector) };
}
