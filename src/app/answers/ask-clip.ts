import type { AnswerEvent } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import type { LocatedClip } from '../../ports/catalog.js';
import { type AnswerDependencies, answerQuestion, type FoundClip, type Question } from './answer-question.js';
import { type FindDependencies, scoredClips } from './found-clips.js';

/**
 * Answers a question from one clip.
 * @throws AppError `not-found`, and as `answerQuestion`.
 */
export async function* askClip(
  clipId: number,
  question: Question,
  dependencies: AnswerDependencies,
): AsyncGenerator<AnswerEvent> {
  const clip = await locateClip(clipId, dependencies);
  yield* answerQuestion(
    question,
    { videoId: clip.videoId, clipId },
    async (text) => [await findClip(clip, text, dependencies, question.signal)],
    dependencies,
  );
}

/** @throws AppError `not-found`. */
export async function locateClip(clipId: number, { catalog }: FindDependencies): Promise<LocatedClip> {
  const [clip] = await catalog.locateClips([clipId]);
  if (clip === undefined) throw new AppError('not-found', `There is no clip ${clipId}.`);
  return clip;
}

/** The clip with its vector, scored against a text. */
async function findClip(
  { id, videoId, title }: LocatedClip,
  text: string,
  dependencies: FindDependencies,
  signal?: AbortSignal,
): Promise<FoundClip> {
  const [vector] = await dependencies.textEncoder.encode([text], signal);
  const clips = await scoredClips({ id: videoId, title }, vector!, dependencies);
  const found = clips.find(({ clipId }) => clipId === id);
  if (found === undefined) throw notComparable(id);
  return found;
}

/** Of a clip whose vector is another model's. */
export function notComparable(clipId: number): AppError {
  return new AppError('not-found', `There is no clip ${clipId} that this model can compare.`);
}
