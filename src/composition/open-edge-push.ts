import { EdgeRequests, type EdgeTraffic } from '../adapters/edge-copy-http/edge-requests.js';
import { HttpEdgeCopy } from '../adapters/edge-copy-http/http-edge-copy.js';
import { SharpPictureWriter } from '../adapters/images-sharp/sharp-picture-writer.js';
import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { measureFacts } from '../app/edge/measure-facts.js';
import type { PushSource } from '../app/edge/push-library.js';
import type { ApiKeyStore, StoredApiKey } from '../ports/api-keys.js';
import type { EdgeCopy } from '../ports/edge-copy.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { assertLibraryExists, type Locations } from './data-folder.js';
import { openTextEncoding } from './encoding.js';
import { openLibrary } from './open-library.js';

/**
 * What `pushLibrary` needs; a server may go on working on the library.
 * @param withKeys the API keys of the library go along.
 * @throws AppError `not-found` when there is no library, `model-mismatch`, `invalid-model`, `corrupt-data`.
 */
export async function openEdgeSource(
  locations: Locations,
  withKeys: boolean,
): Promise<PushSource & Closable> {
  assertLibraryExists(locations);
  const encoding = await openTextEncoding(locations.bundleFolder);
  return closingOnFailure(encoding, async () => {
    const { textEncoder } = encoding;
    const library = await openLibrary(locations, textEncoder.model);
    return closingOnFailure(library, async () => {
      const facts = await measureFacts({ ...encoding, index: library.index });
      const keys = withKeys ? await storedKeys(library.apiKeys) : undefined;
      const snapshot = await library.openSnapshot();
      return {
        snapshot,
        blobs: library.blobs,
        media: new FfmpegMediaReader(),
        pictures: new SharpPictureWriter(),
        facts,
        keys,
        close: () => snapshot.close().finally(() => closeAll(library, encoding)),
      };
    });
  });
}

/**
 * The copy behind a Worker.
 * @throws AppError `invalid-input` for an address no Worker can have.
 */
export function openEdgeCopy(
  url: string,
  pushKey: string,
  signal: AbortSignal,
): { edge: EdgeCopy; traffic: Readonly<EdgeTraffic> } {
  const requests = new EdgeRequests(url, pushKey, signal);
  return { edge: new HttpEdgeCopy(requests), traffic: requests.traffic };
}

async function storedKeys(keys: ApiKeyStore): Promise<StoredApiKey[]> {
  const listed = await keys.listKeys();
  const stored = await Promise.all(listed.map(({ id }) => keys.findKey(id)));
  return stored.filter((key) => key !== undefined);
}
