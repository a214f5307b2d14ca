import { constants, existsSync } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BlobFiles } from './adapters/blob-files/blob-files.js';
import { LibraryDatabase } from './adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from './adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCaptions } from './adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from './adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteClipFinder } from './adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteConversations } from './adapters/catalog-sqlite/sqlite-conversations.js';
import { SqliteJobQueue } from './adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteWebhooks } from './adapters/catalog-sqlite/sqlite-webhooks.js';
import { DataFolderLock } from './adapters/data-folder-lock/data-folder-lock.js';
import { freeBytes } from './adapters/disk-space/free-bytes.js';
import { OnnxEngine } from './adapters/encoder-onnx/onnx-engine.js';
import { OnnxReranker } from './adapters/encoder-onnx/onnx-reranker.js';
import { OnnxTextEncoder } from './adapters/encoder-onnx/onnx-text-encoder.js';
import { OnnxVideoClassifier } from './adapters/encoder-onnx/onnx-video-classifier.js';
import { HnswIndex } from './adapters/index-hnsw/hnsw-index.js';
import { FfmpegMediaReader } from './adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { letProgramsGiveWay } from './adapters/media-ffmpeg/run-program.js';
import { PrometheusMetrics } from './adapters/metrics-prometheus/prometheus-metrics.js';
import { availableScanKernels, loadScanKernel } from './adapters/scan/load-scan-kernel.js';
import type { RemoteResult } from './adapters/worker-thread/remote-result.js';
import { WorkerThread } from './adapters/worker-thread/worker-thread.js';
import type { AskParts } from './app/answers/ask-library.js';
import { assertSameModel } from './app/assert-same-model.js';
import { chooseWindowing, type WindowingWishes } from './app/choose-windowing.js';
import type { ClassifyDependencies } from './app/evaluation/classification/evaluate-classification.js';
import type { EvaluateDependencies } from './app/evaluation/evaluate-retrieval.js';
import { FeatureCache } from './app/evaluation/feature-cache.js';
import { TensorCache } from './app/evaluation/tensor-cache.js';
import { followCatalog, forgetDeleted } from './app/follow-catalog.js';
import type { IngestPathsDependencies } from './app/ingest-paths.js';
import { ModelShelf } from './app/models/model-shelf.js';
import type { PullDependencies } from './app/models/pull-model.js';
import type { ReembedDependencies } from './app/models/reembed-library.js';
import type { Finding } from './app/operations/finding.js';
import { serviceGauges } from './app/operations/service-gauges.js';
import type { FrameSampler } from './app/plan-clips.js';
import type { ConformanceSubject } from './app/run-conformance.js';
import type { VisualQueryDependencies } from './app/search/query-vector.js';
import type { SearchDependencies } from './app/search/search-library.js';
import type { DeleteDependencies } from './app/videos/delete-video.js';
import type { IntakeRules } from './app/videos/intake-rules.js';
import { activeBundleFolder, DATABASE_FILE } from './composition/active-bundle.js';
import { captionBankOf } from './composition/caption-bank-of.js';
import { cudaConformance } from './composition/cuda-conformance.js';
import { BLOB_FOLDER, examineLibrary, type LibrarySettings } from './composition/examine-library.js';
import { examineMachine, type MachineSettings } from './composition/examine-machine.js';
import { filesAtOnce } from './composition/files-at-once.js';
import { keepIndexSaved } from './composition/keep-index-saved.js';
import {
  type AnswerStores,
  type LanguageModelServer,
  openAnswers,
  openServedModel,
} from './composition/open-answers.js';
import { openExport, openImport } from './composition/open-archive.js';
import { type ModelLocations, openPull } from './composition/open-models.js';
import { openOwnModel } from './composition/open-own-model.js';
import { modelSwitch, openReembed } from './composition/open-reembed.js';
import { openVideoEncoder } from './composition/open-video-encoder.js';
import { openWork, type WorkOptions } from './composition/open-work.js';
import { searchParts, visualQueries } from './composition/search-parts.js';
import { startRecallAudit } from './composition/start-recall-audit.js';
import { AppError } from './domain/errors.js';
import type { LoadedBundle } from './model/loaded-bundle.js';
import { sampleFrameIndices } from './model/preprocess/sample-frames.js';
import type { ApiKeyStore } from './ports/api-keys.js';
import type { ModelInfo, TextEncoder } from './ports/encoders.js';
import type { JobQueue } from './ports/job-queue.js';
import type { MediaReader } from './ports/media-reader.js';
import type { Metrics } from './ports/metrics.js';
import type { WebhookStore } from './ports/webhook-store.js';
import { VERSION } from './version.js';

/** The workers beside this module: TypeScript in a clone, JavaScript once built. */
const workerModule = moduleBeside('worker');
const indexThreadModule = moduleBeside('index-worker');
const modelThreadModule = moduleBeside('model-worker');
const decoderThreadModule = moduleBeside('decoder-worker');

export interface Locations {
  /** Folder of the library; made when it is not there. */
  dataFolder: string;
  bundleFolder: string;
}

export interface Closable {
  close(): Promise<void>;
}

/** What a server needs besides. */
export interface ServiceDependencies {
  apiKeys: ApiKeyStore;
  jobs: JobQueue;
  webhooks: WebhookStore;
  metrics: Metrics;
  indexRecall: () => number | undefined;
  /** Of the disk that holds the library. */
  freeBytes: () => Promise<number>;
}

/**
 * What `searchLibrary` needs, on the library in a data folder.
 * @param encoding what encodes videos in a server; its event loop also gives the index a thread of its own, for which a
 *   single search has no use.
 * @param onDamagedClip hears of each clip that cannot be found because its row is damaged, once.
 * @throws AppError `invalid-model`, `model-mismatch`, `corrupt-data`, `invalid-input`.
 */
export async function openSearch(
  { dataFolder, bundleFolder }: Locations,
  encoding?: ModelInfo,
  onDamagedClip?: (fault: AppError) => void,
): Promise<
  SearchDependencies & ServiceDependencies & AnswerStores & Closable & { database: LibraryDatabase }
> {
  const textEncoder = await openTextEncoder(bundleFolder, encoding);
  const { model } = textEncoder;
  const isServing = encoding !== undefined;
  const library = await closingOnFailure(textEncoder, () =>
    openLibrary(dataFolder, model, { isServing, onDamagedClip }),
  );
  const { name, fingerprint, kernel } = model;
  const parts = await searchParts({ bundleFolder, workerModule, library, textEncoder });
  const audit = isServing
    ? await startRecallAudit(bundleFolder, { index: library.index, textEncoder })
    : undefined;
  const indexRecall = () => audit?.recall();
  const metrics = new PrometheusMetrics({
    info: { version: VERSION, model: name, fingerprint, kernel, node: process.version },
    gauges: () => serviceGauges({ ...library, indexRecall }),
  });
  return {
    ...library,
    ...parts,
    textEncoder,
    metrics,
    indexRecall,
    freeBytes: () => freeBytes(dataFolder),
    close: async () => {
      await audit?.close();
      await closeAll(parts, library, textEncoder);
    },
  };
}

/** What searching and asking need. @throws AppError as `openSearch`, and for a language model that cannot be set up. */
export async function openAsking(
  settings: Locations & LanguageModelServer,
  encoding?: ModelInfo,
  onDamagedClip?: (fault: AppError) => void,
) {
  // Settings that cannot be are told of before anything is loaded.
  const served = openServedModel(settings);
  const bundleDirectory = settings.bundleFolder;
  const library = await openSearch(settings, encoding, onDamagedClip);
  return closingOnFailure(library, async () => {
    const languageModel = served ?? (await openOwnModel(bundleDirectory, decoderThreadModule));
    const answers: AskParts & Closable = await openAnswers(
      languageModel,
      { bundleDirectory, workerModule },
      library,
    );
    return { ...library, answers, close: () => closeAll(answers, library) };
  });
}

export type ServingSettings = Locations &
  WindowingWishes &
  LanguageModelServer & {
    intake: IntakeRules;
    allowLocalWebhooks: boolean;
    shutdownSeconds: number;
    captions: boolean;
    modelsFolder: string;
    shippedModels: Readonly<Record<string, string>>;
  };

/**
 * What a server needs. It holds the data folder, and opens the library with one model after the other.
 * @throws AppError as `openAsking` and `openIngest`.
 */
export async function openServing(settings: ServingSettings, logFailure: WorkOptions['logFailure']) {
  await makeFolder(settings.dataFolder);
  const lock = DataFolderLock.take(settings.dataFolder);
  return closingOnFailure(lock, async () => ({
    library: await openServedLibrary(settings, logFailure),
    /** The same library once more, with the model it was switched to. */
    openSwitched: () => {
      const bundleFolder = activeBundleFolder(settings.dataFolder) ?? settings.bundleFolder;
      return openServedLibrary({ ...settings, bundleFolder }, logFailure);
    },
    /** To be called when the libraries are closed. */
    close: () => lock.close(),
  }));
}

export type ServedLibrary = Awaited<ReturnType<typeof openServedLibrary>>;

/** Searching and asking, and the work on the library's jobs, which is yet to begin. */
async function openServedLibrary(settings: ServingSettings, logFailure: WorkOptions['logFailure']) {
  const { dataFolder, bundleFolder, intake, allowLocalWebhooks, shutdownSeconds } = settings;
  const { captions: captionsAtIngest } = settings;
  letProgramsGiveWay();
  const videoEncoder = await openVideoEncoder({
    bundleDirectory: bundleFolder,
    workerModule,
    givesWay: true,
  });
  return closingOnFailure(videoEncoder, async () => {
    const library = await openAsking(settings, videoEncoder.model, logFailure);
    const { database, blobs } = library;
    const work = openWork(library, {
      videoEncoder,
      intake,
      allowLocalWebhooks,
      drainMs: shutdownSeconds * 1000,
      logFailure,
      captions: { ...library, ...library.answers },
      captionsAtIngest,
      windowing: chooseWindowing(videoEncoder.model.clips, settings),
      modelSwitch: modelSwitch(dataFolder, database),
      openReembedding: (folder) =>
        openReembed({ dataFolder, database, blobs, workerModule, indexThreadModule }, folder),
    });
    return {
      ...library,
      ...work,
      visual: visualQueries(videoEncoder),
      openSnapshot: () => openExport(dataFolder).snapshot,
      models: new ModelShelf({
        modelsFolder: settings.modelsFolder,
        shipped: settings.shippedModels,
        active: { ...videoEncoder.model, bundleFolder },
        fingerprint: fingerprintElsewhere,
        captions: captionBankOf,
      }),
      close: () => work.close().finally(() => closeAll(library, videoEncoder)),
    };
  });
}

/**
 * What `reembedLibrary` needs, for one who does not serve.
 * @throws AppError `not-found` when there is no library, `conflict` when a server works on it, and as `openReembed`.
 */
export async function openModelSwitch({
  dataFolder,
  bundleFolder,
}: Locations): Promise<ReembedDependencies & Closable> {
  assertLibraryExists(dataFolder);
  const lock = DataFolderLock.take(dataFolder);
  return closingOnFailure(lock, async () => {
    const database = new LibraryDatabase(join(dataFolder, DATABASE_FILE));
    const closeDatabase = { close: async () => database.close() };
    return closingOnFailure(closeDatabase, async () => {
      const blobs = new BlobFiles(join(dataFolder, BLOB_FOLDER));
      const library = { dataFolder, database, blobs, workerModule, indexThreadModule };
      const opened = await openReembed(library, bundleFolder);
      return { ...opened, close: () => opened.close().finally(() => closeAll(closeDatabase, lock)) };
    });
  });
}

/** What it takes to search by pictures and video files, for one who does not serve. @throws AppError as `openIngest`. */
export async function openVisualQueries(bundleFolder: string): Promise<VisualQueryDependencies & Closable> {
  const videoEncoder = await openVideoEncoder({ bundleDirectory: bundleFolder, workerModule });
  return { ...visualQueries(videoEncoder), close: () => videoEncoder.close() };
}

/**
 * What `ingestVideo` needs, on the library in a data folder.
 * @param sampleFrames another rule than the model's own, for experiments.
 * @throws AppError as `openSearch`, and `missing-dependency`.
 */
export async function openIngest(
  { dataFolder, bundleFolder, ...wishes }: Locations & WindowingWishes,
  sampleFrames: FrameSampler = sampleFrameIndices,
): Promise<IngestPathsDependencies & Closable> {
  await makeFolder(dataFolder);
  const lock = DataFolderLock.take(dataFolder);
  return closingOnFailure(lock, async () => {
    const videoEncoder = await openVideoEncoder({ bundleDirectory: bundleFolder, workerModule });
    const { model } = videoEncoder;
    const [windowing, library] = await closingOnFailure(videoEncoder, async () => [
      chooseWindowing(model.clips, wishes),
      await openLibrary(dataFolder, model),
    ]);
    const media = new FfmpegMediaReader();
    const close = () => closeAll(library, videoEncoder).finally(() => lock.close());
    return {
      ...library,
      media,
      videoEncoder,
      windowing,
      sampleFrames,
      ...filesAtOnce(videoEncoder.model),
      close,
    };
  });
}

/**
 * What `evaluateRetrieval` needs; features are kept in the data folder, the library in it is left alone.
 * @param variant name of the order in which frames are shown
 * @throws AppError as `openSearch`.
 */
export async function openEvaluation(
  { dataFolder, bundleFolder }: Locations,
  variant: string,
): Promise<EvaluateDependencies & Closable> {
  await makeFolder(dataFolder);
  const reranker = await OnnxReranker.load({ bundleDirectory: bundleFolder, workerModule });
  return {
    media: new FfmpegMediaReader(),
    reranker,
    cache: new FeatureCache(join(dataFolder, 'evaluation'), reranker.model.fingerprint, variant),
    emptyIndex: (dimension) =>
      HnswIndex.open({
        folder: dataFolder,
        dimension,
        modelFingerprint: reranker.model.fingerprint,
        // Never saved, so there is nothing to remember.
        ledger: { indexFile: async () => undefined, recordIndexFile: async () => undefined },
      }),
    close: () => reranker.close(),
  };
}

/**
 * What `evaluateClassification` needs; logits are kept in the data folder, the library in it is left alone.
 * @param variant name of the views a video is looked at from
 * @throws AppError `invalid-model`, `invalid-input` for a bundle that has no classes.
 */
export async function openClassification(
  { dataFolder, bundleFolder }: Locations,
  variant: string,
): Promise<ClassifyDependencies & Closable> {
  await makeFolder(dataFolder);
  const classifier = await OnnxVideoClassifier.load({ bundleDirectory: bundleFolder, workerModule });
  return {
    media: new FfmpegMediaReader(),
    classifier,
    cache: new TensorCache(join(dataFolder, 'evaluation'), classifier.model.fingerprint, variant),
    close: () => classifier.close(),
  };
}

/** A model's fingerprint, read by a thread that lives just for that. @throws AppError `invalid-model`, `file-not-found`. */
async function fingerprintElsewhere(bundleFolder: string): Promise<string> {
  const thread = new WorkerThread<{ fingerprint: (folder: string) => Promise<RemoteResult<string>> }>({
    module: modelThreadModule,
    workerData: undefined,
    operations: 'in-turn',
  });
  try {
    return await thread.call('fingerprint', bundleFolder);
  } finally {
    await thread.destroy();
  }
}

/** What `exportLibrary` needs. @throws AppError `not-found` when there is no library. */
export function openLibraryExport(dataFolder: string): ReturnType<typeof openExport> {
  assertLibraryExists(dataFolder);
  return openExport(dataFolder);
}

/** What `importLibrary` needs; the library is made when it is not there. @throws AppError `conflict` when a server works on it. */
export async function openLibraryImport(dataFolder: string): Promise<ReturnType<typeof openImport>> {
  await makeFolder(dataFolder);
  return openImport(dataFolder);
}

/** What `pullModel` needs. */
export function openModelPull(locations: ModelLocations): PullDependencies {
  return openPull(locations, workerModule);
}

/** What is well with this machine and a library, and what is not, one finding after the other. */
export async function* openDoctor(
  settings: MachineSettings & LibrarySettings,
  isDeep: boolean,
): AsyncGenerator<Finding> {
  yield* examineMachine(settings);
  yield* examineLibrary(settings, DATABASE_FILE, isDeep);
}

/** A picture of a video for a report's page. */
export function openMedia(): MediaReader {
  return new FfmpegMediaReader();
}

/**
 * What `runConformance` holds against the reference: an engine, and the scan kernels of this machine that go with it.
 * @throws AppError `missing-dependency` for `cuda` where it cannot run.
 */
export function conformanceSubject(engine: 'cpu' | 'cuda' = 'cpu'): ConformanceSubject {
  const threads = availableParallelism();
  const loadOnCpu = (bundle: LoadedBundle) => OnnxEngine.load(bundle, loadScanKernel(), { threads });
  return engine === 'cpu'
    ? { loadEngine: loadOnCpu, scanKernels: availableScanKernels() }
    : cudaConformance(loadOnCpu);
}

function moduleBeside(name: string): URL {
  return new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
}

/** @param encoding what encodes videos beside it, as its own model is to say */
async function openTextEncoder(bundleDirectory: string, encoding?: ModelInfo): Promise<TextEncoder> {
  const encoder = await OnnxTextEncoder.load({ bundleDirectory, workerModule });
  if (encoding === undefined) return encoder;
  return {
    model: encoding,
    encode: (texts, signal) => encoder.encode(texts, signal),
    close: () => encoder.close(),
  };
}

/** Catalog and index of a data folder, the index in step with the catalog. */
async function openLibrary(
  dataFolder: string,
  model: ModelInfo,
  {
    isServing = false,
    onDamagedClip,
  }: { isServing?: boolean; onDamagedClip?: ((fault: AppError) => void) | undefined } = {},
) {
  await makeFolder(dataFolder);
  const database = new LibraryDatabase(join(dataFolder, DATABASE_FILE));
  const catalog = new SqliteCatalog(database, model.fingerprint, onDamagedClip);
  return closingOnFailure(catalog, async () => {
    await assertSameModel(catalog, model);
    const { fingerprint: modelFingerprint, dimension } = model;
    const index = await HnswIndex.open({
      folder: dataFolder,
      dimension,
      modelFingerprint,
      ledger: catalog,
      ...(isServing ? { threadModule: indexThreadModule } : {}),
    });
    await closingOnFailure(index, async () => {
      await followCatalog(index, catalog);
      await forgetDeleted(index, catalog);
    });
    const keeping = isServing ? keepIndexSaved(index) : undefined;
    return {
      database,
      catalog,
      finder: new SqliteClipFinder(database, model.fingerprint),
      apiKeys: new SqliteApiKeys(database),
      blobs: new BlobFiles(join(dataFolder, BLOB_FOLDER)),
      captions: new SqliteCaptions(database),
      conversations: new SqliteConversations(database),
      jobs: new SqliteJobQueue(database),
      webhooks: new SqliteWebhooks(database),
      index,
      close: async () => {
        await keeping?.close();
        await index
          .save()
          // On a full or read-only disk the file stays as it was: what is missing in it is added at the next start.
          .catch(() => {})
          .finally(() => index.close())
          .finally(() => catalog.close());
      },
    };
  });
}

/** The API keys of the library in a data folder, which is made when it is not there: the first key may come first. */
export async function openApiKeys(dataFolder: string): Promise<ApiKeyStore & Closable> {
  await makeFolder(dataFolder);
  const database = new LibraryDatabase(join(dataFolder, DATABASE_FILE));
  return Object.assign(new SqliteApiKeys(database), { close: async () => database.close() });
}

/** What is needed to look after the videos of a library, without its model. */
export type VideosDependencies = DeleteDependencies & Closable;

/**
 * @param isChanging keeps other processes from changing the library meanwhile.
 * @throws AppError `conflict` when another one is at work.
 */
export function openVideos(dataFolder: string, isChanging: boolean): VideosDependencies {
  const lock = isChanging ? DataFolderLock.take(dataFolder) : undefined;
  const catalog = new SqliteCatalog(new LibraryDatabase(join(dataFolder, DATABASE_FILE)));
  return {
    catalog,
    blobs: new BlobFiles(join(dataFolder, BLOB_FOLDER)),
    // Whoever opens the index next sees that their clips are gone.
    index: { remove: async () => {} },
    close: () => catalog.close().finally(() => lock?.close()),
  };
}

/** @throws AppError `not-found` when nothing was ever ingested into the folder, or the folder is not there. */
export function assertLibraryExists(dataFolder: string): void {
  if (existsSync(join(dataFolder, DATABASE_FILE))) return;
  throw new AppError('not-found', `There is no library in ${dataFolder}.`, {
    hint: `Fill it with: videre ingest PATHS --data ${dataFolder}`,
    details: { dataFolder },
  });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    // Node's recursive mkdir never returns under /proc, so ask first whether a folder can be made there at all.
    if (!existsSync(folder)) await assertWritableFolder(nearestExisting(resolve(folder)));
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new AppError('invalid-input', `Cannot make the data folder ${folder}.`, {
      cause,
      hint: 'Name another with --data or VIDERE_DATA.',
    });
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

async function assertWritableFolder(path: string): Promise<void> {
  if (!(await stat(path)).isDirectory()) throw new Error(`${path} is no folder.`);
  await access(path, constants.W_OK);
  // Root passes every access check; what the kernel itself makes up takes no folders from anybody.
  if (/^\/proc(\/|$)/.test(path)) throw new Error(`${path} belongs to the kernel.`);
}

async function closingOnFailure<Result>(opened: Closable, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function closeAll(...opened: Closable[]): Promise<void> {
  const results = await Promise.allSettled(opened.map((each) => each.close()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
