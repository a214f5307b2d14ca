import { readFile } from 'node:fs/promises';
import { AppError } from '../../src/domain/errors.js';

export const QUESTION_KINDS = [
  'what',
  'count',
  'direction',
  'order',
  'where',
  'yes_no',
  'cannot_tell',
] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

/** A question about a clip of the test set, with the one answer that is right. */
export interface HeldOutQuestion {
  video: string;
  kind: QuestionKind;
  /** The way of asking, "which way does X move" say; answers are balanced within one. */
  form: string;
  question: string;
  answer: string;
}

/** @throws AppError `corrupt-data` naming the line. */
export async function readQuestions(path: string): Promise<HeldOutQuestion[]> {
  const [, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line, index) => {
    const [video, kind, form, question, answer] = line.split('\t');
    if (answer === undefined || !isKind(kind)) {
      throw new AppError(
        'corrupt-data',
        `${path}, line ${index + 2} is no question: ${JSON.stringify(line)}.`,
      );
    }
    return { video: video!, kind, form: form!, question: question!, answer };
  });
}

function isKind(kind: string | undefined): kind is QuestionKind {
  return QUESTION_KINDS.includes(kind as QuestionKind);
}

/** What somebody scores who always gives the most frequent answer to each way of asking, in percent. */
export function majorityAccuracy(questions: readonly HeldOutQuestion[]): number {
  const answers = new Map<string, Map<string, number>>();
  for (const { form, answer } of questions) {
    const counts = answers.get(form) ?? new Map<string, number>();
    answers.set(form, counts.set(answer, (counts.get(answer) ?? 0) + 1));
  }
  const right = [...answers.values()].reduce((sum, counts) => sum + Math.max(...counts.values()), 0);
  return (100 * right) / questions.length;
}
