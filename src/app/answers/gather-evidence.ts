import type { AnswerClip } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { CaptionStore } from '../../ports/caption-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { ClipFeatureSource } from '../../ports/clip-features.js';
import type { Embedding } from '../../ports/encoders.js';
import type { Evidence, EvidenceFrame, EvidenceText, LanguageModelInfo } from '../../ports/language-model.js';
import type { MediaReader } from '../../ports/media-reader.js';
import { withVideoFile } from '../videos/video-file.js';
import type { CaptionBank } from './caption-bank.js';

const FRAMES_PER_CLIP = 4;
const FRAME_WIDTH = 448;
const NEAR_CAPTIONS = 3;
const MAX_METADATA_ENTRIES = 10;

export interface EvidenceDependencies {
  catalog: Catalog;
  blobs: BlobStore;
  media: MediaReader;
  /** Undefined where no model reads features. */
  features: ClipFeatureSource | undefined;
  captions: CaptionStore;
  bank: CaptionBank;
}

/** What a clip is shown by. */
export type ShownClip = Omit<AnswerClip, 'title' | 'score'>;

/** A clip that was chosen, with the vector it is compared by. */
export interface ChosenClip<Clip extends ShownClip = AnswerClip> {
  clip: Clip;
  vector: Embedding;
}

/**
 * What a language model is shown of clips, of the kinds it takes and no other. A video whose file is gone still has words.
 * @throws AppError `not-found` when files are gone and nothing but their pictures would do.
 */
export async function gatherEvidence(
  chosen: readonly ChosenClip<ShownClip>[],
  { takes }: LanguageModelInfo,
  dependencies: EvidenceDependencies,
  signal?: AbortSignal,
): Promise<Evidence[]> {
  const captions = await dependencies.captions.captionsOf(chosen.map(({ clip }) => clip.clipId));
  const captionOf = new Map(captions.map(({ clipId, text }) => [clipId, text]));
  const gathered: Evidence[] = [];
  for (const { clip, vector } of chosen) {
    throwIfCancelled(signal);
    const video = await dependencies.catalog.getVideo(clip.videoId);
    // Deleted since it was found.
    if (video === undefined) continue;
    const { evidenceId: id, startSeconds, endSeconds } = clip;
    const texts = takes.includes('text')
      ? await clipTexts(video, vector, captionOf.get(clip.clipId), dependencies.bank)
      : undefined;
    const seen = await pictures(video, clip, takes, dependencies, signal).catch((error: unknown) => {
      if (texts !== undefined && error instanceof AppError && error.code === 'not-found') return {};
      throw error;
    });
    gathered.push({ id, startSeconds, endSeconds, ...seen, ...(texts === undefined ? {} : { texts }) });
  }
  return gathered;
}

async function pictures(
  video: Video,
  { startSeconds, endSeconds }: ShownClip,
  takes: LanguageModelInfo['takes'],
  { blobs, media, features }: EvidenceDependencies,
  signal?: AbortSignal,
): Promise<Pick<Evidence, 'features' | 'frames'>> {
  const wantsFeatures = takes.includes('features') && features !== undefined;
  if (!wantsFeatures && !takes.includes('frames')) return {};
  return withVideoFile(video, blobs, async (path) => ({
    ...(wantsFeatures
      ? { features: await features.features({ path, startSeconds, endSeconds }, signal) }
      : {}),
    ...(takes.includes('frames')
      ? { frames: await frames(media, path, startSeconds, endSeconds, signal) }
      : {}),
  }));
}

/** Pictures from the middle of equal parts of a clip. */
async function frames(
  media: MediaReader,
  path: string,
  startSeconds: number,
  endSeconds: number,
  signal?: AbortSignal,
): Promise<EvidenceFrame[]> {
  const partSeconds = (endSeconds - startSeconds) / FRAMES_PER_CLIP;
  const taken: EvidenceFrame[] = [];
  for (let part = 0; part < FRAMES_PER_CLIP; part++) {
    const timeSeconds = startSeconds + (part + 0.5) * partSeconds;
    taken.push({ timeSeconds, jpeg: await media.thumbnail(path, timeSeconds, FRAME_WIDTH, signal) });
  }
  return taken;
}

async function clipTexts(
  video: Video,
  vector: Embedding,
  caption: string | undefined,
  bank: CaptionBank,
): Promise<EvidenceText[]> {
  const { title, description, tags, metadata } = video;
  const near = await bank.nearest(vector, NEAR_CAPTIONS);
  const entries = Object.entries(metadata).slice(0, MAX_METADATA_ENTRIES);
  return [
    { source: 'title', text: title },
    ...(caption === undefined ? [] : [{ source: 'caption' as const, text: caption }]),
    ...near.map(({ text }) => ({ source: 'tag' as const, text })),
    ...(description === '' ? [] : [{ source: 'metadata' as const, text: description }]),
    ...(tags.length === 0 ? [] : [{ source: 'metadata' as const, text: tags.join(', ') }]),
    ...entries.map(([name, value]) => ({
      source: 'metadata' as const,
      text: `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    })),
  ];
}
