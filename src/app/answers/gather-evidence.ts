import type { AnswerClip } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { Video } from '../../domain/video.js';
import type { CaptionStore } from '../../ports/caption-store.js';
import type { CatalogReader } from '../../ports/catalog.js';
import type { Embedding } from '../../ports/encoders.js';
import type { Evidence, EvidenceText, LanguageModelInfo } from '../../ports/language-model.js';
import type { CaptionBank } from './caption-bank.js';
import type { ClipPictures } from './clip-pictures.js';

const NEAR_CAPTIONS = 3;
const MAX_METADATA_ENTRIES = 10;

export interface EvidenceDependencies {
  catalog: CatalogReader;
  pictures: ClipPictures;
  captions: Pick<CaptionStore, 'captionsOf'>;
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
    const seen = await dependencies.pictures.of(video, clip, takes, signal).catch((error: unknown) => {
      if (texts !== undefined && error instanceof AppError && error.code === 'not-found') return {};
      throw error;
    });
    gathered.push({ id, startSeconds, endSeconds, ...seen, ...(texts === undefined ? {} : { texts }) });
  }
  return gathered;
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
