/**
 * A server on a library, to be killed: catalog, job queue, stored files, index and HTTP as in `videre serve`; videos of
 * the colour world instead of ffmpeg and a model, which store nothing and would take most of the time.
 * Built by build-service.ts. Usage: crash-service.js DATA_FOLDER BACKUP_FOLDER. Prints its URL and what it took up as a line
 * of JSON; at SIGTERM it ends what is under way, as `videre serve` does, and prints what became of that.
 */
import { mkdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { SqliteBackupSource, sqliteCopies } from '../../src/adapters/catalog-sqlite/database-backup.js';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../../src/adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteClipFinder } from '../../src/adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteLibrarySnapshot } from '../../src/adapters/catalog-sqlite/sqlite-library-snapshot.js';
import { SqliteWebhooks } from '../../src/adapters/catalog-sqlite/sqlite-webhooks.js';
import { DataFolderLock } from '../../src/adapters/data-folder-lock/data-folder-lock.js';
import { GuardedHttp } from '../../src/adapters/guarded-http/guarded-http.js';
import { HnswIndex } from '../../src/adapters/index-hnsw/hnsw-index.js';
import { removeStrayIndexFiles } from '../../src/adapters/index-hnsw/index-file.js';
import { PrometheusMetrics } from '../../src/adapters/metrics-prometheus/prometheus-metrics.js';
import { backUpLibrary } from '../../src/app/backup/back-up-library.js';
import { BACKUP_JOB, backupJob } from '../../src/app/backup/backup-job.js';
import { followCatalog } from '../../src/app/follow-catalog.js';
import { JobRunner } from '../../src/app/jobs/job-runner.js';
import { ModelShelf } from '../../src/app/models/model-shelf.js';
import { serviceGauges } from '../../src/app/operations/service-gauges.js';
import { INGEST_JOB } from '../../src/app/videos/ingest-request.js';
import { processVideo } from '../../src/app/videos/process-video.js';
import { removeStrayFiles } from '../../src/app/videos/stray-files.js';
import { Thumbnails } from '../../src/app/videos/thumbnails.js';
import { HttpService } from '../../src/cli/http-service.js';
import { interruptSignal } from '../../src/cli/interrupt.js';
import { createApp } from '../../src/http/create-app.js';
import { openAccess } from '../../src/http/guard.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import { colourAnswers } from '../support/colour-answers.js';
import { ColourTextEncoder, ColourVideoEncoder, colourModel, ScriptReader } from '../support/colour-world.js';

/** Often, so that many kills hit the writing of the file. */
const SAVE_EVERY_MS = 150;
const DRAIN_MS = 5000;

const [dataFolder, backupFolder] = process.argv.slice(2) as [string, string];
const signal = interruptSignal();
await mkdir(dataFolder, { recursive: true });
const lock = DataFolderLock.take(dataFolder);
const database = new LibraryDatabase(join(dataFolder, 'videre.sqlite'));
const catalog = new SqliteCatalog(database, colourModel.fingerprint);
const index = await HnswIndex.open({
  folder: dataFolder,
  dimension: colourModel.dimension,
  modelFingerprint: colourModel.fingerprint,
  ledger: catalog,
  threadModule: new URL('./index-worker.js', import.meta.url),
});
await followCatalog(index, catalog);
const blobs = new BlobFiles(join(dataFolder, 'blobs'));
const jobs = new SqliteJobQueue(database);
const media = new ScriptReader();
const intake = { maxUploadBytes: 10_000_000, mediaRoots: [], allowUrls: false };
const downloads = new GuardedHttp({ allowLoopback: true });
const library = {
  catalog,
  finder: new SqliteClipFinder(database, colourModel.fingerprint),
  index,
  jobs,
  blobs,
  media,
  intake,
  downloads,
  webhooks: new SqliteWebhooks(database),
  webhookHttp: downloads,
  thumbnails: new Thumbnails(catalog, blobs, media),
  videoEncoder: new ColourVideoEncoder(),
  textEncoder: new ColourTextEncoder(),
  sampleFrames: sampleFrameIndices,
  answers: colourAnswers(dataFolder, database),
};

await blobs.sweep();
const removedFiles = [
  ...(await removeStrayIndexFiles(dataFolder, catalog.indexFileNames())),
  ...(await removeStrayFiles(catalog, blobs)),
];
const backup = {
  source: new SqliteBackupSource(database, true),
  copies: sqliteCopies,
  blobs,
  dataFolder,
  version: '0',
};
const runner = new JobRunner({
  queue: jobs,
  handlers: {
    [INGEST_JOB]: processVideo(library),
    [BACKUP_JOB]: backupJob((options) => backUpLibrary(backup, options), backupFolder),
  },
  logFailure: (error) => process.stderr.write(`${error.stack}\n`),
});
const taken = await runner.start(true);

const app = createApp({
  ...library,
  version: '0',
  reportsFolder: dataFolder,
  backupFolder,
  leaving: signal,
  access: openAccess(new SqliteApiKeys(database)),
  openSnapshot: () => SqliteLibrarySnapshot.open(database.path),
  models: new ModelShelf({
    modelsFolder: join(dataFolder, 'models'),
    shipped: {},
    active: { ...colourModel, bundleFolder: dataFolder },
    fingerprint: async () => colourModel.fingerprint,
    captions: async () => [],
  }),
  metrics: new PrometheusMetrics({ info: {}, gauges: () => serviceGauges(library) }),
  freeBytes: async () => 2 ** 40,
  logFault: (fault) => process.stderr.write(`${fault instanceof Error ? fault.stack : String(fault)}\n`),
});
const service = await HttpService.start(app.fetch, { host: '127.0.0.1', port: 0 });
// What cannot be saved now is tried again, as `keepIndexSaved` does.
const saving = setInterval(() => void index.save().catch(() => {}), SAVE_EVERY_MS);
process.stdout.write(
  `${JSON.stringify({
    url: service.url,
    pid: process.pid,
    // Asked by the thread itself.
    fileThreadId: Number((await readlink('/proc/thread-self')).split('/').at(-1)),
    requeued: taken.requeued.length,
    removedFiles: removedFiles.length,
  })}\n`,
);

await service.runUntil(signal, DRAIN_MS);
const { ended, released } = await runner.drain(DRAIN_MS);
clearInterval(saving);
await index.save();
await index.close();
await catalog.close();
await Promise.all([downloads.close(), lock.close()]);
process.stdout.write(`${JSON.stringify({ ended: ended.length, released: released.length })}\n`);
