import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Int8Index } from '../src/adapters/index-int8/int8-index.js';
import { BestScores } from '../src/adapters/vector-store/best-scores.js';
import { innerProductAt } from '../src/adapters/vector-store/inner-product.js';
import { quantizeVectors } from '../src/adapters/vector-store/int8-vectors.js';
import { codeProductAt, type VectorBlock } from '../src/adapters/vector-store/vector-block.js';
import type { Embedding } from '../src/ports/encoders.js';
import { median } from './median.js';
import { percentile } from './percentile.js';
import { DIMENSION } from './search/bundle.js';
import { playgroundVectors } from './search/playground-vectors.js';
import { SyntheticVectors } from './search/synthetic-vectors.js';

const NEIGHBOURS = 10;
const QUERIES = 200;
const BLOCK_CLIPS = 128;
/** As the benchmark of search has them. */
const SEED_OF_CLIPS = 1;
const SEED_OF_QUERIES = 2;

/**
 * Exact search as the Worker does it, without the network: what 8-bit codes alone would find of the ten nearest, what the index
 * finds with the vectors of those that may be among them, and how many of those it has to read. On the playground's test clips
 * and captions, and on as many more made of them.
 *
 *   npm run bench -- edge-vectors [--clips 10000] [--cache FOLDER] [--json]
 */
export async function benchmarkEdgeVectors(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clips: { type: 'string', default: '10000' },
      cache: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench') },
    },
  });
  await mkdir(values.cache, { recursive: true });
  const { clips, texts } = await playgroundVectors(join(values.cache, 'playground'));
  const step = Math.floor(texts.length / QUERIES);
  const captions = texts.filter((_, position) => position % step === 0).slice(0, QUERIES);
  const gallery = new SyntheticVectors(clips, DIMENSION, SEED_OF_CLIPS);
  const questions = new SyntheticVectors(texts, DIMENSION, SEED_OF_QUERIES);
  const many = Array.from({ length: Number(values.clips) }, (_, position) => gallery.at(position));
  const queries = Array.from({ length: QUERIES }, (_, position) => questions.at(position));
  return {
    ...(await measure('edge_vectors.playground', clips, captions)),
    ...(await measure(`edge_vectors.${many.length}`, many, queries)),
  };
}

async function measure(
  name: string,
  clips: readonly Embedding[],
  queries: readonly Embedding[],
): Promise<Record<string, number>> {
  const dimension = clips[0]!.length;
  const blocks = blocksOf(clips);
  const read: number[] = [];
  const index = new Int8Index({
    dimension,
    size: clips.length,
    lastClipId: clips.length,
    source: { blocks: async () => blocks },
    vectorsOf: async (clipIds) => {
      read.push(clipIds.length);
      return clipIds.map((clipId) => ({ clipId, vector: clips[clipId - 1]! }));
    },
  });
  let byCodes = 0;
  let byIndex = 0;
  const milliseconds: number[] = [];
  for (const query of queries) {
    const exact = nearest(clips.length, (position) => innerProductAt(query, clips[position]!));
    const coded = nearest(clips.length, (position) => {
      const { codes, scales } = blocks[Math.floor(position / BLOCK_CLIPS)]!;
      const row = position % BLOCK_CLIPS;
      return codeProductAt(query, codes, row * dimension) * scales[row]!;
    });
    byCodes += shared(exact, coded);
    const start = performance.now();
    const found = await index.search(query, NEIGHBOURS);
    milliseconds.push(performance.now() - start);
    byIndex += shared(
      exact,
      found.map(({ clipId }) => clipId),
    );
  }
  const most = queries.length * NEIGHBOURS;
  const figures = {
    [`${name}.codes_recall_at_10`]: byCodes / most,
    [`${name}.recall_at_10`]: byIndex / most,
    [`${name}.vectors_read`]: median(read),
    [`${name}.vectors_read_p99`]: percentile(read, 0.99),
    [`${name}.search_ms`]: median(milliseconds),
  };
  for (const [figure, value] of Object.entries(figures)) {
    process.stdout.write(`${figure.padEnd(44)} ${Number(value.toFixed(4))}\n`);
  }
  return figures;
}

function blocksOf(clips: readonly Embedding[]): VectorBlock[] {
  return Array.from({ length: Math.ceil(clips.length / BLOCK_CLIPS) }, (_, block) => {
    const first = block * BLOCK_CLIPS;
    const some = clips.slice(first, first + BLOCK_CLIPS);
    const clipIds = Float64Array.from(some, (_, row) => first + row + 1);
    return { clipIds, ...quantizeVectors(some) };
  });
}

/** Ids of the clips with the best scores. */
function nearest(count: number, scoreAt: (position: number) => number): number[] {
  const best = new BestScores(NEIGHBOURS);
  for (let position = 0; position < count; position++) best.offer(position + 1, scoreAt(position));
  return best.ranked().map(({ id }) => id);
}

function shared(left: readonly number[], right: readonly number[]): number {
  return left.filter((id) => right.includes(id)).length;
}
