import type { AnswerClip, Citation } from '../../domain/answer.js';
import { innerProduct } from '../../domain/inner-product.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import type { CaptionBank } from './caption-bank.js';
import { opposites } from './opposites.js';
import type { CitedSentence } from './sentence-citations.js';

/** A sentence is taken to be shown when at most one in twenty unrelated ones fits the clip as well (docs/answers.md). */
export const VERIFIED_FROM = 0.95;
/**
 * An opposite has to fit better by so many standard deviations of the unrelated ones: of true captions of the playground
 * none was denied so, of those turned round three in four were (docs/answers.md).
 */
const OPPOSITE_MARGIN = 0.1;
/** "To the left." says nothing without what was asked. */
const MIN_WORDS = 4;

/**
 * Holds a sentence against the clip it cites, with the retrieval encoder, which does not care how convincing it sounds:
 * the share of unrelated captions that fit the clip less well is how much the clip supports it. A sentence that fits less
 * well than its own opposite has no support.
 */
export async function checkCitation(
  { evidenceId, sentence, position }: CitedSentence,
  { clip, vector }: { clip: AnswerClip; vector: Embedding },
  question: string,
  dependencies: { bank: CaptionBank; textEncoder: TextEncoder },
  signal?: AbortSignal,
): Promise<Citation> {
  const { text, isDenied } = claimOf(sentence, question);
  const support = await supportOf(text, vector, dependencies, signal);
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
    support: isDenied ? 1 - support : support,
    verified: support >= VERIFIED_FROM !== isDenied,
  };
}

async function supportOf(
  claim: string,
  vector: Embedding,
  { bank, textEncoder }: { bank: CaptionBank; textEncoder: TextEncoder },
  signal?: AbortSignal,
): Promise<number> {
  const encoded = await textEncoder.encode([claim, ...opposites(claim)], signal);
  const [score, ...turnedRound] = encoded.map((text) => innerProduct(text, vector));
  const unrelated = await bank.scores(vector);
  const margin = OPPOSITE_MARGIN * standardDeviation(unrelated);
  if (turnedRound.some((opposite) => opposite > score! + margin)) return 0;
  return shareBelow(score!, unrelated);
}

/** Share of the others that are lower, ties counting half. */
function shareBelow(score: number, others: readonly number[]): number {
  return (
    others.reduce((sum, other) => sum + (other < score ? 1 : other === score ? 0.5 : 0), 0) / others.length
  );
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** What an answer claims the clip shows, or denies that it shows: a "no" denies what was asked. */
function claimOf(sentence: string, question: string): { text: string; isDenied: boolean } {
  const [, word] = /^\W*(yes|no)\W*$/i.exec(sentence) ?? [];
  if (word !== undefined) return { text: statementOf(question), isDenied: word.toLowerCase() === 'no' };
  const isShort = sentence.split(/\s+/).length < MIN_WORDS;
  return { text: isShort ? `${question} ${sentence}` : sentence, isDenied: false };
}

/** "Is there a boat?" as "a boat". */
function statementOf(question: string): string {
  return question
    .replace(/^\s*(?:is|are|was|were|does|do|did|can|has|have)\s+(?:there\s+)?/i, '')
    .replace(/\?\s*$/, '');
}
