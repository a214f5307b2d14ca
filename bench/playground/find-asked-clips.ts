import { type AskDependencies, askLibrary } from '../../src/app/answers/ask-library.js';
import { searchClips } from '../../src/app/search/search-clips.js';
import type { HeldOutQuestion } from './question-set.js';

/** Ways of asking that do not say which clip is meant. */
const ANY_CLIP = new Set([
  'what colour',
  'what is there',
  'happens in turn',
  'how many things',
  'is background',
  'elsewhere',
]);
/** Answers of questions about things that are not there. */
const ABSENT = new Set(['cannot tell', 'none', 'no']);

/** Whether a question names something in its clip. The same thing is in other clips as well, so that not all can be found. */
export function namesItsClip({ form, answer }: HeldOutQuestion): boolean {
  return !ANY_CLIP.has(form) && !ABSENT.has(answer);
}

/** The videos that a question to the library is answered from, best first. */
export async function videosAskedOf(question: string, dependencies: AskDependencies): Promise<string[]> {
  for await (const event of askLibrary({ question }, dependencies)) {
    // The answer itself is not waited for.
    if (event.type === 'retrieval') return event.clips.map(({ videoId }) => videoId);
  }
  return [];
}

/** The same by a plain search with the whole question, to compare. */
export async function videosOfWholeQuestion(
  query: string,
  limit: number,
  dependencies: AskDependencies,
): Promise<string[]> {
  const moments = await searchClips(dependencies, { query, limit });
  return moments.map(({ videoId }) => videoId);
}
