import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { bundleWorker, workerCompatibility } from './bundled-worker.js';
import { migrateD1 } from './edge-storage.js';

export interface EdgeWorker {
  /** Where the first Worker listens. */
  url: URL;
  database: D1Database;
  files: R2Bucket;
  /** Asks a Worker by its name. */
  request(name: string, path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/**
 * The Worker in workerd, with D1 and R2 on this machine.
 * @param settings of each of some Workers on the same library, by name.
 * @param pageFolder where the files of the page are (scripts/build-edge-page.mjs); undefined: it is not looked at.
 */
export async function startEdgeWorker(
  settings: Readonly<Record<string, Record<string, string>>> = { reader: {} },
  pageFolder?: string,
): Promise<EdgeWorker> {
  const { outputFiles } = await bundleWorker();
  const modules = [{ type: 'ESModule' as const, path: 'worker.js', contents: outputFiles[0]!.text }];
  const [first, ...others] = Object.entries(settings).map(([name, bindings]) => ({
    name,
    modules,
    bindings,
    d1Databases: { DB: 'videre' },
    r2Buckets: { MEDIA: 'videre-media' },
    ...workerCompatibility(),
    ...(pageFolder === undefined
      ? {}
      : {
          assets: {
            workerName: name,
            directory: pageFolder,
            routerConfig: { has_user_worker: true },
            assetConfig: { html_handling: 'none' as const },
          },
        }),
  }));
  const runtime = new Miniflare({ workers: [first!, ...others], handleRuntimeStdio: () => {} });
  const url = await runtime.ready;
  const database = (await runtime.getD1Database('DB')) as unknown as D1Database;
  const files = (await runtime.getR2Bucket('MEDIA')) as unknown as R2Bucket;
  await migrateD1(database);
  return {
    url,
    database,
    files,
    request: async (name, path, init) => {
      const address = new URL(path, 'http://localhost').href;
      const worker = await runtime.getWorker(name);
      return (await worker.fetch(address, init as never)) as unknown as Response;
    },
    close: () => runtime.dispose(),
  };
}
