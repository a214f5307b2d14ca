import type { ApiKeyStore } from '../ports/api-keys.js';
import type { Closable } from './closing.js';
import { type LibraryPlace, makeFolder } from './data-folder.js';
import { openStores } from './open-stores.js';

/** The API keys of a library, which is made when it is not there: the first key may come first. */
export async function openApiKeys(place: LibraryPlace): Promise<ApiKeyStore & Closable> {
  await makeFolder(place.dataFolder);
  const { apiKeys, close } = await openStores(place);
  return Object.assign(apiKeys, { close });
}
