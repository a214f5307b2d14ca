import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteModelSwitch } from '../adapters/catalog-sqlite/sqlite-model-switch.js';
import { HnswIndex } from '../adapters/index-hnsw/hnsw-index.js';
import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import type { ReembedDependencies, RemoveVectorsDependencies } from '../app/models/reembed-library.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { BlobStore } from '../ports/blob-store.js';
import { openVideoEncoder } from './open-video-encoder.js';
import { indexThreadModule, workerModule } from './worker-modules.js';

export interface ReembedLibrary {
  dataFolder: string;
  database: LibraryDatabase;
  blobs: BlobStore;
}

/** What it takes to remove the vectors of a model that is not searched any more. */
export function modelSwitch(dataFolder: string, database: LibraryDatabase): RemoveVectorsDependencies {
  return {
    models: new SqliteModelSwitch(database),
    removeIndexFile: (name) => rm(join(dataFolder, name), { force: true }),
  };
}

/**
 * What `reembedLibrary` needs to bring an open library to the model in a bundle.
 * @throws AppError `file-not-found`, `invalid-model`, `invalid-input` for a bundle that is not for retrieval.
 */
export async function openReembed(
  { dataFolder, database, blobs }: ReembedLibrary,
  bundleFolder: string,
): Promise<ReembedDependencies & { close(): Promise<void> }> {
  const videoEncoder = await openVideoEncoder({ bundleDirectory: bundleFolder, workerModule });
  const { fingerprint, dimension } = videoEncoder.model;
  const catalog = new SqliteCatalog(database, fingerprint);
  const index = await HnswIndex.open({
    folder: dataFolder,
    dimension,
    modelFingerprint: fingerprint,
    ledger: catalog,
    threadModule: indexThreadModule,
  });
  return {
    ...modelSwitch(dataFolder, database),
    blobs,
    media: new FfmpegMediaReader(),
    videoEncoder,
    sampleFrames: sampleFrameIndices,
    view: { catalog, index },
    // The catalog is a view of a database that others have open.
    close: () => Promise.all([index.close(), videoEncoder.close()]).then(() => {}),
  };
}
