import { freeBytes } from '../adapters/disk-space/free-bytes.js';
import { PrometheusMetrics } from '../adapters/metrics-prometheus/prometheus-metrics.js';
import { serviceGauges } from '../app/operations/service-gauges.js';
import type { VisualQueryDependencies } from '../app/search/query-vector.js';
import { VERSION } from '../version.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import type { LibraryPlace, Locations } from './data-folder.js';
import { type Encoding, openTextEncoding, type ServingEncoding } from './encoding.js';
import { type LibraryOptions, openLibrary } from './open-library.js';
import { openVideoEncoder } from './open-video-encoder.js';
import { searchParts, visualQueries } from './search-parts.js';
import { startRecallAudit } from './start-recall-audit.js';
import { workerModule } from './worker-modules.js';

/**
 * What `searchLibrary` needs, on the library in a data folder.
 * @throws AppError `invalid-model`, `model-mismatch`, `corrupt-data`, `invalid-input`.
 */
export async function openSearch(locations: Locations) {
  const encoding = await openTextEncoding(locations.bundleFolder);
  const library = await closingOnFailure(encoding, () => openSearchWith(encoding, locations));
  return { ...library, close: () => closeAll(library, encoding) };
}

/** As `openSearch`, with an encoding that stays the caller's to close. */
export async function openSearchWith(encoding: Encoding, place: LibraryPlace) {
  const library = await openLibrary(place, encoding.textEncoder.model);
  return searchable(encoding, library);
}

/**
 * As `openSearchWith`, for a server: it measures the recall of its index, and what it does.
 * @param options as `LibraryOptions` has them.
 */
export async function openServedSearch(
  encoding: ServingEncoding,
  place: LibraryPlace,
  options: Omit<LibraryOptions, 'isServing'>,
) {
  const { textEncoder, captions } = encoding;
  const { model } = textEncoder;
  const library = await openLibrary(place, model, { ...options, isServing: true });
  const search = searchable(encoding, library);
  const audit = startRecallAudit(captions, { index: library.index, textEncoder });
  const indexRecall = () => audit.recall();
  const { name, fingerprint, kernel } = model;
  const metrics = new PrometheusMetrics({
    info: { version: VERSION, model: name, fingerprint, kernel, node: process.version },
    gauges: () => serviceGauges({ ...library, indexRecall }),
  });
  return {
    ...search,
    metrics,
    indexRecall,
    /** Of the disk that holds the library. */
    freeBytes: () => freeBytes(place.dataFolder),
    close: () => audit.close().finally(() => search.close()),
  };
}

/** What it takes to search by pictures and video files, for one who does not serve. @throws AppError as `openIngest`. */
export async function openVisualQueries(bundleFolder: string): Promise<VisualQueryDependencies & Closable> {
  const videoEncoder = await openVideoEncoder({ bundleDirectory: bundleFolder, workerModule });
  return { ...visualQueries(videoEncoder), close: () => videoEncoder.close() };
}

function searchable(encoding: Encoding, library: Awaited<ReturnType<typeof openLibrary>>) {
  const parts = searchParts(encoding, library);
  const { textEncoder } = encoding;
  return { ...library, ...parts, textEncoder, close: () => closeAll(parts, library) };
}
