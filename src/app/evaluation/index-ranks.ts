import type { ClipIndex } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import { CLIPS_PER_MOMENT } from '../search/find-moments.js';
import { DEFAULT_LIMIT } from '../search/search-request.js';
import type { Ranks } from './ranks.js';
import type { VideoOfText } from './score-matrix.js';

/** Neighbours a search of the default length asks of the index. */
export const INDEX_NEIGHBOURS = DEFAULT_LIMIT * CLIPS_PER_MOMENT;

/**
 * Ranks through an approximate index, asked as a search asks it. A right answer it does not return is counted as last:
 * nobody sees it. (So recalls are exact, median and mean rank are upper bounds.)
 * @param index empty; it is closed after @param gallery answers @param queries with the answers that are right for each
 */
export async function indexRanks(
  index: ClipIndex,
  gallery: readonly Embedding[],
  queries: readonly { vector: Embedding; right: ReadonlySet<number>; video: number }[],
): Promise<Ranks> {
  await index.add(gallery.map((vector, position) => ({ clipId: position + 1, vector })));
  // Until it has arranged them it compares one by one, and this is about how it arranges.
  await index.settled();
  const best = new Int32Array(queries.length).fill(gallery.length);
  const worst = best.slice();
  for (const [row, { vector, right }] of queries.entries()) {
    const found = await index.search(vector, INDEX_NEIGHBOURS);
    const own = found.find(({ clipId }) => right.has(clipId - 1));
    if (own === undefined) continue;
    const wrong = found.filter(({ clipId }) => !right.has(clipId - 1));
    best[row] = 1 + wrong.filter(({ score }) => score > own.score).length;
    worst[row] = 1 + wrong.filter(({ score }) => score >= own.score).length;
  }
  await index.close();
  return { best, worst, videoOfQuery: Int32Array.from(queries, ({ video }) => video) };
}

export function textQueries(texts: readonly Embedding[], videoOfText: VideoOfText) {
  return texts.map((vector, text) => ({
    vector,
    right: new Set([videoOfText[text]!]),
    video: videoOfText[text]!,
  }));
}

/** Only videos that have a text. */
export function videoQueries(videos: readonly Embedding[], videoOfText: VideoOfText) {
  const textsOf = videos.map(() => new Set<number>());
  for (const [text, video] of videoOfText.entries()) textsOf[video]!.add(text);
  return videos
    .map((vector, video) => ({ vector, right: textsOf[video]!, video }))
    .filter(({ right }) => right.size > 0);
}
