import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../../src/adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteClipFinder } from '../../src/adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteLibrarySnapshot } from '../../src/adapters/catalog-sqlite/sqlite-library-snapshot.js';
import { SqliteWebhooks } from '../../src/adapters/catalog-sqlite/sqlite-webhooks.js';
import { GuardedHttp } from '../../src/adapters/guarded-http/guarded-http.js';
import { ExactIndex } from '../../src/adapters/index-exact/exact-index.js';
import { PrometheusMetrics } from '../../src/adapters/metrics-prometheus/prometheus-metrics.js';
import { ModelShelf } from '../../src/app/models/model-shelf.js';
import { serviceGauges } from '../../src/app/operations/service-gauges.js';
import type { IntakeRules } from '../../src/app/videos/intake-rules.js';
import { Thumbnails } from '../../src/app/videos/thumbnails.js';
import { openAccess } from '../../src/http/guard.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import { loadWholeBundle } from '../../src/model/read-bundle.js';
import { colourAnswers } from './colour-answers.js';
import { ColourTextEncoder, ColourVideoEncoder, colourModel, ScriptReader } from './colour-world.js';
import type { WhenOver } from './temporary-folder.js';

/** Everything the use cases need, in the colour world, on a real catalog. */
export function colourLibrary(dataFolder: string, whenOver: WhenOver = onTestFinished) {
  const database = new LibraryDatabase(join(dataFolder, 'videre.sqlite'));
  const catalog = new SqliteCatalog(database);
  whenOver(() => catalog.close());
  const index = new ExactIndex(colourModel.dimension);
  const jobs = new SqliteJobQueue(database);
  const blobs = new BlobFiles(join(dataFolder, 'files'));
  const media = new ScriptReader();
  const intake: IntakeRules = { maxUploadBytes: 10_000_000, mediaRoots: [dataFolder], allowUrls: false };
  return {
    catalog,
    finder: new SqliteClipFinder(database),
    index,
    jobs,
    openSnapshot: () => SqliteLibrarySnapshot.open(join(dataFolder, 'videre.sqlite')),
    models: new ModelShelf({
      modelsFolder: join(dataFolder, 'models'),
      shipped: {},
      active: { ...colourModel, bundleFolder: join(dataFolder, 'colours') },
      fingerprint: async (folder) => (await loadWholeBundle(folder)).fingerprint,
      captions: async () => ['red', 'green'],
    }),
    blobs,
    media,
    thumbnails: new Thumbnails(catalog, blobs, media),
    intake,
    webhooks: new SqliteWebhooks(database),
    webhookHttp: new GuardedHttp({ allowLoopback: true }),
    downloads: new GuardedHttp({ allowLoopback: true }),
    videoEncoder: new ColourVideoEncoder(),
    textEncoder: new ColourTextEncoder(),
    sampleFrames: sampleFrameIndices,
    answers: colourAnswers(dataFolder, database),
    access: openAccess(new SqliteApiKeys(database)),
    metrics: new PrometheusMetrics({
      info: { model: colourModel.name },
      gauges: () => serviceGauges({ catalog, index, jobs }),
    }),
    freeBytes: async () => 2 ** 40,
  };
}
