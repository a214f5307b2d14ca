import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NO_GOOD_MATCH_BELOW } from '../src/app/search/relevance-scale.js';
import { searchLibrary } from '../src/app/search/search-library.js';
import { openSearch } from '../src/composition/open-search.js';
import { percentile } from './percentile.js';
import { libraryOf } from './playground/demo-library.js';
import { OTHER_WORLD, UNSEEN_WORLD } from './relevance/other-world.js';

const playground = fileURLToPath(new URL('../models/playground', import.meta.url));
/** Captions of the training that are not in the scale itself, which takes every tenth. */
const UNRELATED_CAPTIONS = 400;
/** Of 1,000: about as many clips as the demo videos make. */
const HELD_OUT_CLIPS = 200;
const THRESHOLDS = [0.5, 0.8, 0.9, 0.93, 0.95, 0.97, 0.99];

/**
 * How well `noGoodMatch` tells what the library shows from what it does not: its own captions ought to be accepted;
 * captions of other scenes of the same world, and sentences about another world, ought not. On the demo videos of the
 * playground, by which the threshold was chosen; or on clips and captions of the test set, and sentences, that were not.
 *
 *   npm run bench -- relevance [--held-out] [--data FOLDER] [--json]
 */
export async function benchmarkRelevance(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'held-out': { type: 'boolean', default: false }, data: { type: 'string' } },
  });
  const isHeldOut = values['held-out'];
  const name = isHeldOut ? 'held-out' : 'demo';
  const dataFolder = values.data ?? join(homedir(), '.cache', 'videre', 'bench', name);
  const { files, own, sameWorld, otherWorld } = await (isHeldOut ? heldOutMaterial() : demoMaterial());
  const library = await openSearch(await libraryOf(files, dataFolder));
  try {
    const relevances = async (texts: readonly string[]) => {
      const found: number[] = [];
      for (const text of texts) {
        const { moments } = await searchLibrary(library, { query: [{ kind: 'text', text }], limit: 1 });
        found.push(moments[0]?.relevance ?? 0);
      }
      return found;
    };
    const found = {
      own: await relevances(own),
      sameWorld: await relevances(sameWorld),
      otherWorld: await relevances(otherWorld),
    };
    print(found);
    const prefix = isHeldOut ? 'relevance.held_out' : 'relevance';
    return {
      [`${prefix}.false_reject`]: 1 - shareFrom(found.own, NO_GOOD_MATCH_BELOW),
      [`${prefix}.false_accept_same_world`]: shareFrom(found.sameWorld, NO_GOOD_MATCH_BELOW),
      [`${prefix}.false_accept_other_world`]: shareFrom(found.otherWorld, NO_GOOD_MATCH_BELOW),
    };
  } finally {
    await library.close();
  }
}

type Relevances = Record<'own' | 'sameWorld' | 'otherWorld', readonly number[]>;

function print({ own, sameWorld, otherWorld }: Relevances): void {
  process.stdout.write('threshold  own accepted  same world accepted  other world accepted\n');
  for (const least of THRESHOLDS) {
    const shares = [own, sameWorld, otherWorld].map((found) => (100 * shareFrom(found, least)).toFixed(1));
    process.stdout.write(
      `${least.toFixed(2).padStart(9)}${shares.map((share) => share.padStart(14)).join('')}\n`,
    );
  }
  process.stdout.write(
    `Texts: ${own.length}, ${sameWorld.length}, ${otherWorld.length}. Median relevance of the library's own captions: ${percentile(own, 0.5).toFixed(3)}\n`,
  );
}

function shareFrom(found: readonly number[], least: number): number {
  return found.filter((relevance) => relevance >= least).length / found.length;
}

interface Material {
  /** What the library is made of. */
  files: string[];
  /** Texts that say what a clip of it shows. */
  own: string[];
  /** Texts that say what other clips show. */
  sameWorld: string[];
  otherWorld: readonly string[];
}

async function demoMaterial(): Promise<Material> {
  const demo = join(playground, 'demo');
  const { clips } = JSON.parse(await readFile(join(demo, 'demo.json'), 'utf8')) as {
    clips: { captions: { caption: string }[] }[];
  };
  const training = await readFile(join(playground, 'training-captions.txt'), 'utf8');
  return {
    files: [demo],
    own: clips.flatMap(({ captions }) => captions.map(({ caption }) => caption)),
    sameWorld: training
      .trim()
      .split('\n')
      .filter((_, order) => order % 5 === 2)
      .slice(0, UNRELATED_CAPTIONS),
    otherWorld: OTHER_WORLD,
  };
}

/** The first clips of the test set are in the library; the captions of all others ought to find nothing there. */
async function heldOutMaterial(): Promise<Material> {
  const test = join(playground, 'test');
  const { videos, sentences } = JSON.parse(await readFile(join(test, 'annotations.json'), 'utf8')) as {
    videos: { video_id: string; file: string }[];
    sentences: { video_id: string; caption: string }[];
  };
  const present = videos.slice(0, HELD_OUT_CLIPS);
  const ids = new Set(present.map(({ video_id }) => video_id));
  const captions = (isPresent: boolean) =>
    sentences.filter(({ video_id }) => ids.has(video_id) === isPresent).map(({ caption }) => caption);
  return {
    files: present.map(({ file }) => join(test, file)),
    own: captions(true),
    sameWorld: captions(false),
    otherWorld: UNSEEN_WORLD,
  };
}
