import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import { videos } from './schema/videos.js';
import type { SqliteRunner } from './sqlite-runner.js';
import { wordQuery } from './word-query.js';

/** SQLite answers on the thread of all requests, so what a search for words costs is bounded, not only what it returns. */
export interface WordBounds {
  /** A word that more videos have is asked for only where the others of the text are as common. */
  commonAbove: number;
  /** Videos that are ranked: of more that have a word, the newest. */
  ranked: number;
}

/** Measured with 100,000 videos (docs/search.md): ranking all that have a common word takes 200 ms and more. */
const BOUNDS: WordBounds = { commonAbove: 2_000, ranked: 2_000 };

/**
 * Videos that pass and have any of the words, best first.
 * @param words as `tellingWords` gives them, one at least
 */
export async function videosByWords(
  runner: SqliteRunner,
  words: readonly string[],
  passes: SQL | undefined,
  limit: number,
  { commonAbove, ranked }: WordBounds = BOUNDS,
): Promise<string[]> {
  const rare: string[] = [];
  for (const word of words) if (!(await isCommon(runner, word, commonAbove))) rare.push(word);
  const query = wordQuery(rare.length > 0 ? rare : words);
  const rows = await runner.run((database) => {
    const newest = database
      .select({
        id: videos.id,
        sequence: videos.sequence,
        // Title and tags are few words, each chosen; descriptions and captions are many.
        rank: sql<number>`bm25(video_words, 4.0, 4.0, 2.0, 1.0)`.as('rank'),
      })
      .from(videos)
      .innerJoin(sql`video_words`, sql`video_words.rowid = ${videos.sequence}`)
      .where(and(sql`video_words match ${query}`, eq(videos.status, 'ready'), passes))
      .orderBy(desc(sql`video_words.rowid`))
      .limit(ranked)
      .as('newest');
    return database
      .select({ id: newest.id })
      .from(newest)
      .orderBy(asc(newest.rank), asc(newest.sequence))
      .limit(limit)
      .all();
  });
  return rows.map(({ id }) => id);
}

/** Whether more videos than `most` have a word; it looks at one more than those. */
async function isCommon(runner: SqliteRunner, word: string, most: number): Promise<boolean> {
  const { count } = await runner.run((database) =>
    database.get<{ count: number }>(
      sql`select count(*) as count from (select 1 from video_words where video_words match ${wordQuery([word])} limit ${most + 1})`,
    ),
  );
  return count > most;
}
