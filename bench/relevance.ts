import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ingestPaths } from '../src/app/ingest-paths.js';
import { NO_GOOD_MATCH_BELOW } from '../src/app/search/relevance-scale.js';
import { searchLibrary } from '../src/app/search/search-library.js';
import { openIngest } from '../src/composition/open-ingest.js';
import { openSearch } from '../src/composition/open-search.js';
import { percentile } from './percentile.js';
import { OTHER_WORLD } from './relevance/other-world.js';

const playground = fileURLToPath(new URL('../models/playground', import.meta.url));
/** Captions of the training that are not in the scale itself, which takes every tenth. */
const UNRELATED_CAPTIONS = 400;
const THRESHOLDS = [0.5, 0.8, 0.9, 0.93, 0.95, 0.97, 0.99];

/**
 * How well `noGoodMatch` tells what the library shows from what it does not, on the demo videos of the playground: its own
 * captions ought to be accepted; captions of other scenes of the same world, and sentences about another world, ought not.
 *
 *   npm run bench -- relevance [--data FOLDER] [--json]
 */
export async function benchmarkRelevance(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench', 'demo') } },
  });
  const locations = { dataFolder: values.data, bundleFolder: playground };
  const ingest = await openIngest(locations);
  await ingestPaths([join(playground, 'demo')], ingest).finally(() => ingest.close());
  const library = await openSearch(locations);
  try {
    const relevances = async (texts: readonly string[]) => {
      const found: number[] = [];
      for (const text of texts) {
        const { moments } = await searchLibrary(library, { query: [{ kind: 'text', text }], limit: 1 });
        found.push(moments[0]?.relevance ?? 0);
      }
      return found;
    };
    const own = await relevances(await demoCaptions());
    const sameWorld = await relevances(await otherCaptions());
    const otherWorld = await relevances(OTHER_WORLD);
    const shareFrom = (found: readonly number[], least: number) =>
      found.filter((relevance) => relevance >= least).length / found.length;
    process.stdout.write('threshold  own accepted  same world accepted  other world accepted\n');
    for (const least of THRESHOLDS) {
      const shares = [own, sameWorld, otherWorld].map((found) => (100 * shareFrom(found, least)).toFixed(1));
      process.stdout.write(
        `${least.toFixed(2).padStart(9)}${shares.map((share) => share.padStart(14)).join('')}\n`,
      );
    }
    process.stdout.write(
      `Median relevance of the library's own captions: ${percentile(own, 0.5).toFixed(3)}\n`,
    );
    return {
      'relevance.false_reject': 1 - shareFrom(own, NO_GOOD_MATCH_BELOW),
      'relevance.false_accept_same_world': shareFrom(sameWorld, NO_GOOD_MATCH_BELOW),
      'relevance.false_accept_other_world': shareFrom(otherWorld, NO_GOOD_MATCH_BELOW),
    };
  } finally {
    await library.close();
  }
}

async function demoCaptions(): Promise<string[]> {
  const { clips } = JSON.parse(await readFile(join(playground, 'demo', 'demo.json'), 'utf8')) as {
    clips: { captions: { caption: string }[] }[];
  };
  return clips.flatMap(({ captions }) => captions.map(({ caption }) => caption));
}

async function otherCaptions(): Promise<string[]> {
  const text = await readFile(join(playground, 'training-captions.txt'), 'utf8');
  return text
    .trim()
    .split('\n')
    .filter((_, order) => order % 5 === 2)
    .slice(0, UNRELATED_CAPTIONS);
}
