import type { CaptionBank } from '../../src/app/answers/caption-bank.js';
import { checkCitation } from '../../src/app/answers/check-citation.js';
import type { Embedding, TextEncoder } from '../../src/ports/encoders.js';
import type { HeldOutQuestion } from './question-set.js';

/** Answers held against a clip: right ones ought to be verified, the others ought not. */
export interface JudgedAnswers {
  right: boolean[];
  /** Another answer to the same question, about the same clip. */
  wrong: boolean[];
  /** The right answer, about another clip. */
  otherClip: boolean[];
}

/** True of most clips: says nothing about whether the check tells clips apart. */
const DENIALS = new Set(['no', 'none']);

/** For every way of asking, its answers; an abstention claims nothing. */
export function answersByForm(questions: readonly HeldOutQuestion[]): ReadonlyMap<string, readonly string[]> {
  const answers = new Map<string, Set<string>>();
  for (const { form, answer, kind } of questions) {
    if (kind !== 'cannot_tell') answers.set(form, (answers.get(form) ?? new Set()).add(answer));
  }
  return new Map([...answers].map(([form, each]) => [form, [...each].sort()]));
}

/**
 * @param place of the question in its set; which wrong answer is taken follows from it
 * @param own @param other vectors of the clip that is asked about, and of another
 */
export async function judgeAnswers(
  { question, form, answer, kind }: HeldOutQuestion,
  place: number,
  { own, other }: { own: Embedding; other: Embedding },
  answers: ReadonlyMap<string, readonly string[]>,
  dependencies: { bank: CaptionBank; textEncoder: TextEncoder },
  judged: JudgedAnswers,
): Promise<void> {
  if (kind === 'cannot_tell') return;
  const clip = {
    evidenceId: 'c1',
    clipId: 0,
    videoId: '',
    title: '',
    startSeconds: 0,
    endSeconds: 1,
    score: 0,
  };
  const isVerified = async (sentence: string, vector: Embedding) => {
    const cited = { evidenceId: 'c1', sentence, position: 0 };
    return (await checkCitation(cited, { clip, vector }, question, dependencies)).verified;
  };
  judged.right.push(await isVerified(answer, own));
  const wrong = answers.get(form)!.filter((each) => each !== answer);
  if (wrong.length > 0) judged.wrong.push(await isVerified(wrong[(place * 7) % wrong.length]!, own));
  if (!DENIALS.has(answer)) judged.otherClip.push(await isVerified(answer, other));
}
