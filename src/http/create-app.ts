import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AskParts } from '../app/answers/ask-library.js';
import type { ModelShelf } from '../app/models/model-shelf.js';
import { checkReadiness } from '../app/operations/check-readiness.js';
import type { SearchDependencies } from '../app/search/search-library.js';
import type { IntakeRules } from '../app/videos/intake-rules.js';
import { openVideoFile } from '../app/videos/video-file.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { CaptionStore } from '../ports/caption-store.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';
import type { JobQueue } from '../ports/job-queue.js';
import type { LibrarySnapshot } from '../ports/library-transfer.js';
import type { OutboundHttp } from '../ports/outbound-http.js';
import type { VideoPictures } from '../ports/video-pictures.js';
import type { WebhookStore } from '../ports/webhook-store.js';
import { addKeysRoutes } from './access/keys-route.js';
import { addSessionRoutes } from './access/session-route.js';
import { addExportRoute } from './archive/export-route.js';
import { addImportRoute } from './archive/import-route.js';
import { addAskRoutes } from './ask/ask-routes.js';
import { addCaptionRoute } from './ask/caption-route.js';
import { addBackupRoute } from './backups/backup-route.js';
import { addDocumentRoutes } from './docs/add-document-routes.js';
import { addEmbeddingsRoute } from './embeddings/embeddings-route.js';
import { addEvaluationRoutes } from './evaluations-route.js';
import { type GuardedAppOptions, guardedApp, type TellFault } from './guarded-app.js';
import { addJobEventsRoute } from './jobs/job-events-route.js';
import { addJobRoutes } from './jobs/job-routes.js';
import { addActivateRoute, addModelRoutes } from './models/model-routes.js';
import { addHealthRoute } from './operations/health-route.js';
import { addMetricsRoute } from './operations/metrics-route.js';
import { addReadinessRoute } from './operations/readiness-route.js';
import { addStatusRoute } from './operations/status-route.js';
import { newFormRoom } from './read-form.js';
import { searchForms } from './search/search-form.js';
import { addSearchRoute } from './search/search-route.js';
import { addAddVideoRoute } from './videos/add-video-route.js';
import { addClipsRoute } from './videos/clips-route.js';
import { addListVideosRoute } from './videos/list-videos-route.js';
import { addMediaRoute } from './videos/media-route.js';
import { addThumbnailRoute } from './videos/thumbnail-route.js';
import { addVideoRoute } from './videos/video-route.js';
import { addVideoRoutes } from './videos/video-routes.js';
import { addAssetRoute } from './web/add-asset-route.js';
import { addPageRoutes } from './web/add-page-routes.js';
import { addWebhookRoutes } from './webhooks/webhook-routes.js';

export interface HttpDependencies extends Omit<SearchDependencies, 'metrics'>, GuardedAppOptions {
  version: string;
  catalog: Catalog;
  index: ClipIndex;
  indexRecall?: (() => number | undefined) | undefined;
  answers: AskParts & { captions: CaptionStore };
  jobs: JobQueue;
  models: ModelShelf;
  /** The library as it is now, for an archive. */
  openSnapshot: () => LibrarySnapshot | Promise<LibrarySnapshot>;
  blobs: BlobStore;
  /** Where backups go, if anywhere. */
  backupFolder?: string | undefined;
  thumbnails: VideoPictures;
  webhooks: WebhookStore;
  webhookHttp: OutboundHttp;
  downloads: OutboundHttp;
  /** Aborted when the server is told to stop: streams that could go on for ever end then. */
  leaving?: AbortSignal | undefined;
  /** What clients may have taken into the library. */
  intake: IntakeRules;
  /** Of the disk that holds the library. */
  freeBytes: () => Promise<number>;
  /** Where the library keeps its evaluations. */
  reportsFolder: string;
}

/**
 * The HTTP API; `app.request()` or a server runs it.
 *
 * A route declares beside itself who may call it (`security: requires('read')` in its `createRoute`), and its `add...`
 * function, called in `addRoutes`, returns what `app.openapi(...)` returns, chained where there are several.
 */
export function createApp(dependencies: HttpDependencies): OpenAPIHono {
  const { app, tellFault } = guardedApp(dependencies);
  addRoutes(app, dependencies, tellFault);
  addPageRoutes(app, { assets: addAssetRoute(app) });
  addDocumentRoutes(app, dependencies.version);
  return app;
}

/** What the typed client knows: a union, of which `hc` makes one client. */
export type ApiRoutes = ReturnType<typeof addRoutes>[number];

/** Every route of the API; what is added here, the client of the package has too. */
function addRoutes(app: OpenAPIHono, dependencies: HttpDependencies, tellFault: TellFault) {
  const {
    version,
    catalog,
    blobs,
    jobs,
    textEncoder,
    access,
    metrics,
    answers,
    models,
    reportsFolder,
    leaving,
  } = dependencies;
  const withForms = { ...dependencies, formRoom: newFormRoom() };
  return [
    addHealthRoute(app, { version, model: textEncoder.model }),
    addReadinessRoute(app, () => checkReadiness(dependencies)),
    addMetricsRoute(app, metrics),
    addStatusRoute(app, dependencies),
    addSearchRoute(app, dependencies, searchForms(withForms)),
    addEmbeddingsRoute(app, withForms),
    addAskRoutes(app, { ...dependencies, ...answers }, tellFault),
    addCaptionRoute(app, { ...dependencies, ...answers }),
    addAddVideoRoute(app, dependencies),
    addListVideosRoute(app, catalog),
    addVideoRoute(app, catalog),
    addVideoRoutes(app, dependencies),
    addMediaRoute(app, { catalog, openFile: (video) => openVideoFile(video, blobs) }),
    addThumbnailRoute(app, dependencies),
    addClipsRoute(app, dependencies),
    addJobRoutes(app, jobs),
    addWebhookRoutes(app, dependencies),
    addModelRoutes(app, models),
    addActivateRoute(app, dependencies),
    addExportRoute(app, dependencies),
    addImportRoute(app, dependencies),
    addBackupRoute(app, dependencies),
    addJobEventsRoute(app, jobs, { tellFault, leaving }),
    addKeysRoutes(app, access.keys),
    addSessionRoutes(app, access),
    addEvaluationRoutes(app, reportsFolder),
  ] as const;
}
