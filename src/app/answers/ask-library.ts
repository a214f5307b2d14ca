import type { AnswerEvent } from '../../domain/answer.js';
import { type SearchDependencies, searchLibrary } from '../search/search-library.js';
import { type AnswerDependencies, answerQuestion, type FoundClip, type Question } from './answer-question.js';
import { scoredClips } from './found-clips.js';

export type AskDependencies = AnswerDependencies & SearchDependencies;

/** What asking needs beside what searching needs. */
export type AskParts = Omit<AskDependencies, keyof SearchDependencies>;

/** Answers a question from whatever clips of the library fit it best; clips cited just before stay in sight. */
export function askLibrary(question: Question, dependencies: AskDependencies): AsyncGenerator<AnswerEvent> {
  const { catalog, textEncoder } = dependencies;
  const { signal } = question;
  return answerQuestion(
    question,
    {},
    async (text, turns, limit) => {
      // Titles, tags and captions may name what the encoder does not know.
      const { moments } = await searchLibrary(
        { ...dependencies, relevance: undefined },
        { query: [{ kind: 'text', text }], limit, hybrid: true, ...(signal && { signal }) },
      );
      const cited = await catalog.locateClips(turns.at(-1)?.clipIds ?? []);
      const wanted = [...cited.map(({ id }) => id), ...moments.map(({ clipId }) => clipId)];
      const titleOf = new Map([...cited, ...moments].map(({ videoId, title }) => [videoId, title]));
      const [vector] = await textEncoder.encode([text], signal);
      const clips = new Map<number, FoundClip>();
      for (const [id, title] of titleOf) {
        for (const clip of await scoredClips({ id, title }, vector!, dependencies))
          clips.set(clip.clipId, clip);
      }
      const found = [...new Set(wanted)].flatMap((clipId) => clips.get(clipId) ?? []);
      return found.slice(0, limit);
    },
    dependencies,
  );
}
