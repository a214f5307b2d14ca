import type { AnswerEvent } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import { type AnswerDependencies, answerQuestion, type Question } from './answer-question.js';
import { scoredClips } from './found-clips.js';
import { spreadInTime } from './spread-in-time.js';

/**
 * Answers a question from the clips of one video.
 * @throws AppError `not-found`, `conflict` for a video that is not ready, and as `answerQuestion`.
 */
export function askVideo(
  videoId: string,
  question: Question,
  dependencies: AnswerDependencies,
): AsyncGenerator<AnswerEvent> {
  const { catalog, textEncoder } = dependencies;
  return answerQuestion(
    question,
    { videoId },
    async (text, turns, limit) => {
      const video = await catalog.getVideo(videoId);
      if (video === undefined)
        throw new AppError('not-found', `There is no video ${JSON.stringify(videoId)}.`);
      if (video.status !== 'ready') {
        throw new AppError('conflict', `The video ${videoId} is ${video.status}, not ready.`, {
          hint: 'Ask again once its job has succeeded.',
        });
      }
      const [vector] = await textEncoder.encode([text], question.signal);
      const clips = await scoredClips(video, vector!, dependencies);
      const cited = new Set(turns.at(-1)?.clipIds);
      const kept = clips.filter(({ clipId }) => cited.has(clipId)).slice(0, Math.ceil(limit / 2));
      const others = clips.filter((clip) => !kept.includes(clip));
      return [...kept, ...spreadInTime(others, limit - kept.length)];
    },
    dependencies,
  );
}
