import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ingestPaths } from '../../src/app/ingest-paths.js';
import { openIngest } from '../../src/composition/open-ingest.js';

const playground = fileURLToPath(new URL('../../models/playground', import.meta.url));

/** Takes the demo videos of the playground into a library. */
export function demoLibrary(dataFolder: string) {
  return libraryOf([join(playground, 'demo')], dataFolder);
}

/** Takes videos into a library of the playground's model; those it has are passed over. */
export async function libraryOf(
  paths: readonly string[],
  dataFolder: string,
): Promise<{ dataFolder: string; bundleFolder: string }> {
  const locations = { dataFolder, bundleFolder: playground };
  const ingest = await openIngest(locations);
  await ingestPaths(paths, ingest).finally(() => ingest.close());
  return locations;
}
