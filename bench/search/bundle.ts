import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadBundle } from '../../src/model/read-bundle.js';
import { writeBundle } from '../../src/model/write-bundle.js';
import { oddRetrieval, randomBundle } from '../../test/support/random-bundle.js';

export const DIMENSION = 512;

/**
 * A tiny model of random weights whose vectors have 512 values, as the published ones. Searches by vector never run it; it
 * is there so that the service that is measured is the one people start.
 */
export async function benchmarkBundle(cacheFolder: string): Promise<{ folder: string; fingerprint: string }> {
  const folder = join(cacheFolder, 'bundle');
  if (!existsSync(folder)) {
    await writeBundle(randomBundle({ ...oddRetrieval, name: 'benchmark', projection: DIMENSION }), folder);
  }
  const { fingerprint } = await loadBundle(folder);
  return { folder, fingerprint };
}
