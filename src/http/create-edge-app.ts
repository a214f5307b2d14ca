import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AskParts } from '../app/answers/ask-library.js';
import { checkReadiness } from '../app/operations/check-readiness.js';
import type { SearchDependencies } from '../app/search/search-library.js';
import type { OpenVideoFile } from '../app/videos/stored-file.js';
import type { VideoPictures } from '../ports/video-pictures.js';
import { addSessionRoutes } from './access/session-route.js';
import { AnswerStreams } from './ask/answer-streams.js';
import { addAskRoutes } from './ask/ask-routes.js';
import { addOpenApiRoute } from './docs/openapi-route.js';
import { type GuardedAppOptions, guardedApp } from './guarded-app.js';
import { addHealthRoute } from './operations/health-route.js';
import { addReadinessRoute } from './operations/readiness-route.js';
import { addSearchRoute } from './search/search-route.js';
import { addClipsRoute } from './videos/clips-route.js';
import { addListVideosRoute } from './videos/list-videos-route.js';
import { addMediaRoute } from './videos/media-route.js';
import { addThumbnailRoute } from './videos/thumbnail-route.js';
import { addVideoRoute } from './videos/video-route.js';
import { addPageRoutes } from './web/add-page-routes.js';

export interface EdgeHttpDependencies
  extends Omit<SearchDependencies, 'metrics'>,
    Omit<GuardedAppOptions, 'absent'> {
  version: string;
  answers: AskParts;
  openFile: OpenVideoFile;
  thumbnails: VideoPictures;
}

/** Where the platform serves the files of the page, which are made before (scripts/build-edge-page.mjs). */
const PAGE_FILES = { script: 'assets/client.js', styles: 'assets/styles.css' };

/** The part of the HTTP API that reads and asks: for a copy of a library, which whoever publishes it changes. */
export function createEdgeApp(dependencies: EdgeHttpDependencies): OpenAPIHono {
  const { version, catalog, textEncoder, access, answers } = dependencies;
  const absent = 'This is a read-only copy of a library at the edge: see /openapi.json for what it answers.';
  const { app, tellFault } = guardedApp({ ...dependencies, absent });
  addHealthRoute(app, { version, model: textEncoder.model });
  addReadinessRoute(app, () => checkReadiness(dependencies));
  addSearchRoute(app, dependencies);
  // An answer lives as long as its request: the next may come to another machine.
  addAskRoutes(app, { ...dependencies, ...answers }, tellFault, () => new AnswerStreams());
  addListVideosRoute(app, catalog);
  addVideoRoute(app, catalog);
  addMediaRoute(app, dependencies);
  addThumbnailRoute(app, dependencies);
  addClipsRoute(app, dependencies);
  addSessionRoutes(app, access);
  addOpenApiRoute(app, version);
  addPageRoutes(app, { assets: async () => PAGE_FILES, isReadOnly: true });
  return app;
}
