import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openSearch } from '../../src/composition/open-search.js';
import { readRetrievalSet, retrievalOf } from '../playground/retrieval-set.js';
import { type Scores, scoreCaption } from '../playground/score-caption.js';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const PLAYGROUND = path('models/playground');

/**
 * `videre ingest` of the playground's test videos as a user types it, with either engine, and what a search of either
 * library finds. Busy cores tell what bounds it: decoding, when they are all busy.
 *
 *   npm run bench -- cuda-ingest [--engines cuda,cpu] [--json]
 */
export async function benchmarkIngest(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: { engines: { type: 'string', default: 'cuda,cpu' } },
  });
  const set = await readRetrievalSet(join(PLAYGROUND, 'test'), Number.POSITIVE_INFINITY);
  const results: Record<string, number> = {};
  for (const engine of values.engines.split(',')) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'videre-ingest-'));
    try {
      const { seconds, busySeconds } = await ingest(dataFolder, engine);
      const library = await openSearch({ dataFolder, bundleFolder: PLAYGROUND });
      const { clips } = await library.catalog.size();
      const scores: Scores[] = [];
      for (const { caption } of set.sentences) scores.push(await scoreCaption(library, caption));
      await library.close();
      const { r1 } = retrievalOf(set, scores);
      results[`${engine}.ingest.clips_per_s`] = clips / seconds;
      results[`${engine}.ingest.busy_cores`] = busySeconds / seconds;
      results[`${engine}.playground.r1`] = r1;
      process.stdout.write(
        `${engine}: ${clips} clips in ${seconds.toFixed(1)} s, ${(clips / seconds).toFixed(1)} clips/s, ` +
          `${(busySeconds / seconds).toFixed(1)} of ${availableParallelism()} cores busy; R@1 ${r1.toFixed(1)} %\n`,
      );
    } finally {
      await rm(dataFolder, { recursive: true });
    }
  }
  return results;
}

/** Wall time of the command from its start to its end, and processor time of the whole machine meanwhile. */
async function ingest(dataFolder: string, engine: string) {
  const before = processorSeconds();
  const start = performance.now();
  const command = [
    path('bin/videre.mjs'),
    'ingest',
    join(PLAYGROUND, 'test'),
    '--data',
    dataFolder,
    '--quiet',
  ];
  const child = spawn(process.execPath, command, {
    env: { ...process.env, VIDERE_ENGINE: engine },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`videre ingest ended with exit code ${code}.`);
  return { seconds: (performance.now() - start) / 1000, busySeconds: processorSeconds() - before };
}

/** Busy time of all cores since the machine was started. */
function processorSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.sys + times.nice + times.irq) / 1000, 0);
}
