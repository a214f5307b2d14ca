import type { AnswerEvent } from '../../domain/answer.js';
import type { Moment } from '../../domain/moment.js';
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
      const moments = await fittingMoments(text, limit, dependencies, signal);
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

/**
 * The moments that a text fits best, every other one by what it shows alone: titles, tags and captions name what the
 * encoder does not know, but where only some videos have any, these would crowd out all others.
 */
async function fittingMoments(
  text: string,
  limit: number,
  dependencies: SearchDependencies,
  signal?: AbortSignal,
): Promise<Moment[]> {
  const request = { query: [{ kind: 'text' as const, text }], limit, ...(signal && { signal }) };
  const search = async (hybrid: boolean) =>
    (await searchLibrary({ ...dependencies, relevance: undefined }, { ...request, hybrid })).moments;
  const [byWords, shown] = [await search(true), await search(false)];
  const inTurn = byWords.flatMap((moment, rank) => [moment, ...shown.slice(rank, rank + 1)]);
  const clips = new Map(inTurn.map((moment) => [moment.clipId, moment]));
  return [...clips.values()].slice(0, limit);
}
