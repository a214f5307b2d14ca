import type { AnswerClip, Citation } from '../../domain/answer.js';
import { innerProduct } from '../../domain/inner-product.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import type { CaptionBank } from './caption-bank.js';
import { opposites } from './opposites.js';
import { answeredStatement, questionContent } from './question-content.js';
import type { CitedSentence } from './sentence-citations.js';

/** A sentence is taken to be shown when at most one in twenty unrelated ones fits the clip as well (docs/answers.md). */
export const VERIFIED_FROM = 0.95;
/** A denial is taken to be right when at least one in five unrelated captions fits the clip as well as what is denied. */
const DENIED_BELOW = 0.8;
/**
 * What a sentence excludes has to fit better by so many standard deviations of the unrelated ones: true sentences lose
 * little by it, false ones much (docs/answers.md).
 */
const RIVAL_MARGIN = 0.1;
/** "To the left." says nothing without what was asked. */
const MIN_WORDS = 4;
/** Nothing longer is judged, nor more that it excludes: a model may be talked into writing lists of "left, right". */
const MAX_LENGTH = 500;
const MAX_RIVALS = 32;
/** Whether a sentence says that something is not so, beside a "no" that answers the question. */
const DENIES = /\b(?:no|not|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|\w+n['’]t)\b/i;
const INTERJECTION = /^\W*(?:yes|no)[,;:.!]\s+/i;

/**
 * Holds a sentence against the clip it cites, with the retrieval encoder, which does not care how convincing it sounds:
 * the share of unrelated captions that fit the clip less well is how much the clip supports it. A sentence has none when one
 * fits better that excludes it, nor a short answer when its question fits better without it; nor does one that denies
 * something, because to an encoder that has learned from captions "no cat" is a cat.
 */
export async function checkCitation(
  { evidenceId, sentence, position }: CitedSentence,
  { clip, vector }: { clip: AnswerClip; vector: Embedding },
  question: string,
  dependencies: { bank: CaptionBank; textEncoder: TextEncoder },
  signal?: AbortSignal,
): Promise<Citation> {
  const claim = claimOf(sentence, question);
  const support = claim === undefined ? 0 : await supportOf(claim, vector, dependencies, signal);
  const isDenied = claim?.isDenied ?? false;
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
    verified: isDenied ? support < DENIED_BELOW : support >= VERIFIED_FROM,
  };
}

async function supportOf(
  { text, without }: Claim,
  vector: Embedding,
  { bank, textEncoder }: { bank: CaptionBank; textEncoder: TextEncoder },
  signal?: AbortSignal,
): Promise<number> {
  const judged = text.slice(0, MAX_LENGTH);
  const excluded = opposites(judged).slice(0, MAX_RIVALS);
  const rivals = without === undefined ? excluded : [...excluded, without.slice(0, MAX_LENGTH)];
  const encoded = await textEncoder.encode([judged, ...rivals], signal);
  const [score, ...rivalScores] = encoded.map((each) => innerProduct(each, vector));
  const unrelated = await bank.scores(vector);
  const margin = RIVAL_MARGIN * standardDeviation(unrelated);
  if (rivalScores.some((rival) => rival > score! + margin)) return 0;
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

/** What an answer claims that the clip shows, or denies that it shows. */
interface Claim {
  text: string;
  /** What was asked of, where an answer alone says too little. */
  without?: string;
  isDenied: boolean;
}

/**
 * A "no" or "none" denies what was asked.
 * @returns undefined for what cannot be held against a clip.
 */
function claimOf(sentence: string, question: string): Claim | undefined {
  const asked = questionContent(question) ?? question;
  const [, word] = /^\W*(yes|no|none|zero|nothing)\W*$/i.exec(sentence) ?? [];
  if (word !== undefined) return { text: asked, isDenied: word.toLowerCase() !== 'yes' };
  if (DENIES.test(sentence.replace(INTERJECTION, ''))) return undefined;
  if (sentence.trim().split(/\s+/).length >= MIN_WORDS) return { text: sentence, isDenied: false };
  return { text: answeredStatement(question, sentence), without: asked, isDenied: false };
}
