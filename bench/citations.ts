import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CaptionBank } from '../src/app/answers/caption-bank.js';
import { checkCitation } from '../src/app/answers/check-citation.js';
import { opposites } from '../src/app/answers/opposites.js';
import { ingestPaths } from '../src/app/ingest-paths.js';
import { captionBankOf } from '../src/composition/caption-bank-of.js';
import { openIngest } from '../src/composition/open-ingest.js';
import { openSearch } from '../src/composition/open-search.js';

const playground = fileURLToPath(new URL('../models/playground', import.meta.url));

interface Annotations {
  sentences: { video_id: string; caption: string }[];
}

/** Sentences about a clip that are true, and that are not. */
const KINDS: Record<string, (own: string, other: string) => readonly string[]> = {
  own_caption: (own) => [own],
  own_sentence: (own) => [`The clip shows ${own}.`],
  subject_alone: (own) => subjects(own),
  turned_round: (own) => opposites(own),
  other_caption: (_, other) => [other],
  other_subject: (_, other) => subjects(other),
};

/**
 * How often a cited clip is taken to show a sentence, on test videos of the playground whose captions are known: those that are
 * true ought to be verified, those about another clip, or turned round, ought not.
 *
 *   npm run bench -- citations [--videos 50] [--json]
 */
export async function benchmarkCitations(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({ args: [...args], options: { videos: { type: 'string', default: '50' } } });
  const annotations = JSON.parse(
    await readFile(join(playground, 'test', 'annotations.json'), 'utf8'),
  ) as Annotations;
  const known = annotations.sentences.slice(0, Number(values.videos));
  const dataFolder = await mkdtemp(join(tmpdir(), 'videre-citations-'));
  try {
    return report(await verified(known, { dataFolder, bundleFolder: playground }));
  } finally {
    await rm(dataFolder, { recursive: true });
  }
}

/** Of each kind, whether each sentence was verified. */
async function verified(
  known: Annotations['sentences'],
  locations: { dataFolder: string; bundleFolder: string },
): Promise<Map<string, boolean[]>> {
  const files = known.map(({ video_id }) => join(playground, 'test', 'videos', `${video_id}.mp4`));
  const ingest = await openIngest(locations);
  await ingestPaths(files, ingest).finally(() => ingest.close());
  const { catalog, textEncoder, close } = await openSearch(locations);
  try {
    const bank = new CaptionBank(await captionBankOf(locations.bundleFolder), textEncoder);
    const { videos } = await catalog.listVideos(known.length);
    const idOf = new Map(videos.map(({ title, id }) => [title, id]));
    const outcomes = new Map(Object.keys(KINDS).map((kind) => [kind, [] as boolean[]]));
    for (const [position, { video_id: title, caption }] of known.entries()) {
      const [stored] = await catalog.clipsOfVideo(idOf.get(title)!);
      const { id: clipId, vector, ...place } = stored!;
      const clip = { evidenceId: 'c1', clipId, title, score: 0, ...place };
      const other = known[(position + 1) % known.length]!.caption;
      for (const [kind, sentences] of Object.entries(KINDS)) {
        for (const sentence of sentences(caption, other)) {
          const cited = { evidenceId: 'c1', sentence, position: 0 };
          const chosen = { clip, vector };
          const checked = await checkCitation(cited, chosen, 'What is shown?', { bank, textEncoder });
          outcomes.get(kind)!.push(checked.verified);
        }
      }
    }
    return outcomes;
  } finally {
    await close();
  }
}

function report(outcomes: ReadonlyMap<string, readonly boolean[]>): Record<string, number> {
  const results: Record<string, number> = {};
  for (const [kind, verified] of outcomes) {
    const share = (100 * verified.filter(Boolean).length) / verified.length;
    results[`citations.verified.${kind}`] = share;
    process.stdout.write(
      `${kind.padEnd(14)} ${String(verified.length).padStart(4)} ${share.toFixed(1).padStart(6)} %\n`,
    );
  }
  return results;
}

/** "There is a cat", of a caption that begins with one. */
function subjects(caption: string): string[] {
  const [, noun] = /\b(?:an?|the|some) ([a-z]+(?: [a-z]+)?)/.exec(caption) ?? [];
  return noun === undefined ? [] : [`There is a ${noun}.`];
}
