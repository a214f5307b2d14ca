import type { AnswerClip, Citation } from '../../domain/answer.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import type { CaptionBank } from './caption-bank.js';
import { innerProduct } from './inner-product.js';
import type { CitedSentence } from './sentence-citations.js';

/** A sentence is taken to be shown when at most a tenth of unrelated ones fit the clip as well. */
export const VERIFIED_FROM = 0.9;
/** "Yes." or "To the left." says nothing without what was asked. */
const MIN_WORDS = 4;

/**
 * Holds a sentence against the clip it cites, with the retrieval encoder, which does not care how convincing it sounds:
 * the share of unrelated captions that fit the clip less well is how much the clip supports it.
 */
export async function checkCitation(
  { evidenceId, sentence, position }: CitedSentence,
  { clip, vector }: { clip: AnswerClip; vector: Embedding },
  question: string,
  { bank, textEncoder }: { bank: CaptionBank; textEncoder: TextEncoder },
  signal?: AbortSignal,
): Promise<Citation> {
  const claim = sentence.split(/\s+/).length < MIN_WORDS ? `${question} ${sentence}` : sentence;
  const [claimVector] = await textEncoder.encode([claim], signal);
  const support = await bank.shareBelow(innerProduct(claimVector!, vector), vector);
  const { clipId, videoId, title, startSeconds, endSeconds } = clip;
  return {
    evidenceId,
    clipId,
    videoId,
    title,
    startSeconds,
    endSeconds,
    sentence,
    position,
    support,
    verified: support >= VERIFIED_FROM,
  };
}
