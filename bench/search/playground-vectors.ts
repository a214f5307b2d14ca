import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ingestPaths } from '../../src/app/ingest-paths.js';
import { openIngest } from '../../src/composition/open-ingest.js';
import { openSearch } from '../../src/composition/open-search.js';
import type { Embedding } from '../../src/ports/encoders.js';

const playground = fileURLToPath(new URL('../../models/playground', import.meta.url));

/** What the model makes of real videos and real sentences: the seeds of a benchmark's library and of its queries. */
export interface PlaygroundVectors {
  /** One a clip of the playground's test set, norms below 1. */
  clips: Embedding[];
  /** One a caption, unit vectors. */
  texts: Embedding[];
}

/** Ingests the playground's 1,000 test clips (once: the library stays in the folder) and encodes 2,000 captions. */
export async function playgroundVectors(dataFolder: string): Promise<PlaygroundVectors> {
  const locations = { dataFolder, bundleFolder: playground };
  const ingest = await openIngest(locations);
  try {
    await ingestPaths([join(playground, 'test')], ingest);
  } finally {
    await ingest.close();
  }
  const search = await openSearch(locations);
  try {
    const clips: Embedding[] = [];
    for await (const batch of search.catalog.vectorsAfter(0))
      clips.push(...batch.map(({ vector }) => vector));
    const captions = await readFile(join(playground, 'training-captions.txt'), 'utf8');
    const texts = await search.textEncoder.encode(captions.trim().split('\n'));
    return { clips, texts };
  } finally {
    await search.close();
  }
}
