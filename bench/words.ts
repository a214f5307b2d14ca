import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LibraryDatabase } from '../src/adapters/catalog-sqlite/library-database.js';
import { videos } from '../src/adapters/catalog-sqlite/schema/videos.js';
import { videosByWords, type WordBounds } from '../src/adapters/catalog-sqlite/videos-by-words.js';
import { seededRandom } from '../src/app/evaluation/random.js';
import { percentile } from './percentile.js';

const ROUNDS = 15;
const BATCH = 500;
const VOCABULARY = 3000;
const DESCRIPTION_WORDS = 60;
const UNBOUNDED: WordBounds = { commonAbove: Number.MAX_SAFE_INTEGER, ranked: Number.MAX_SAFE_INTEGER };

/** All in every title, in every description, in most of them; then one that is in few. */
const QUERIES = {
  one_common: ['video'],
  six_common: ['video', 'camera', 'w0', 'w1', 'w2', 'w3'],
  common_and_rare: ['video', 'camera', 'heron'],
};

/**
 * How long SQLite holds up the thread of all requests while it ranks videos by their words, as bounded as it is and
 * without bounds: videos of 65 words each, drawn so that a few words are in most of them.
 *
 *   npm run bench -- words [--videos 100000] [--json]
 */
export async function benchmarkWords(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: { videos: { type: 'string', default: '100000' } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'videre-words-'));
  const database = new LibraryDatabase(join(folder, 'library.db'));
  try {
    fill(database, Number(values.videos));
    const figures: Record<string, number> = {};
    for (const [name, words] of Object.entries(QUERIES)) {
      const find = (bounds?: WordBounds) =>
        timed(() => videosByWords(database, words, undefined, 100, bounds), ROUNDS);
      const bounded = await find();
      const unbounded = await find(UNBOUNDED);
      figures[`words.${name}_ms`] = percentile(bounded, 0.5);
      figures[`words.${name}_worst_ms`] = Math.max(...bounded);
      figures[`words.${name}_unbounded_ms`] = percentile(unbounded, 0.5);
    }
    for (const [name, figure] of Object.entries(figures)) {
      process.stdout.write(`${name.padEnd(36)} ${figure.toFixed(1)}\n`);
    }
    return figures;
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
}

async function timed(work: () => Promise<unknown>, rounds: number): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    milliseconds.push(performance.now() - start);
  }
  return milliseconds;
}

function fill(database: LibraryDatabase, count: number): void {
  const random = seededRandom(7330);
  // The third power: the commonest of them is in most descriptions, half of them in few.
  const word = () => `w${Math.floor(VOCABULARY * random() ** 3).toString(36)}`;
  const text = (length: number) => Array.from({ length }, word).join(' ');
  for (let first = 0; first < count; first += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - first) }, (_, order) => {
      const name = String(first + order);
      return {
        id: name,
        contentHash: name,
        status: 'ready' as const,
        title: `video ${text(3)}`,
        description: `${text(DESCRIPTION_WORDS)} camera${(first + order) % 1000 === 0 ? ' heron' : ''}`,
        sourcePath: name,
        sizeBytes: 1,
        createdAtMs: 1,
        updatedAtMs: 1,
      };
    });
    database.run((open) =>
      open.transaction((transaction) => {
        for (const row of rows) transaction.insert(videos).values(row).run();
      }),
    );
  }
}
