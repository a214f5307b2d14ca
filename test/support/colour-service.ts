import { createApp, type HttpDependencies } from '../../src/http/create-app.js';
import { colourLibrary } from './colour-library.js';
import { temporaryFolder } from './temporary-folder.js';

/** The HTTP API on a library of the colour world; what is given takes the place of what it has. */
export async function colourService(given: Partial<HttpDependencies> = {}) {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const own = { ...library, version: '1.2.3', reportsFolder: folder, logFault: () => {} };
  /** The same library served otherwise. */
  const serve = (changes: Partial<HttpDependencies> = {}) => createApp({ ...own, ...given, ...changes });
  return { app: serve(), serve, library, folder };
}
