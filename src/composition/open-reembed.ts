import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import type { ReembedDependencies, RemoveVectorsDependencies } from '../app/models/reembed-library.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { BlobStore } from '../ports/blob-store.js';
import { openOwnModel } from './open-own-model.js';
import type { Stores } from './open-stores.js';
import { openVideoEncoder } from './open-video-encoder.js';
import { decoderThreadModule, workerModule } from './worker-modules.js';

/** What it takes to remove the vectors of a model that is not searched any more. */
export function vectorRemoval({ modelSwitch, removeIndexFile }: Stores): RemoveVectorsDependencies {
  return { models: modelSwitch, removeIndexFile };
}

/**
 * What `reembedLibrary` needs to bring an open library to the model in a bundle.
 * All of the bundle is opened once: a library that was switched to one whose decoder does not go with its encoder could not be
 * opened any more.
 * @throws AppError `file-not-found`, `invalid-model`, `invalid-input` for a bundle that is not for retrieval.
 */
export async function openReembed(
  { stores, blobs }: { stores: Stores; blobs: BlobStore },
  bundleFolder: string,
): Promise<ReembedDependencies & { close(): Promise<void> }> {
  await (await openOwnModel(bundleFolder, decoderThreadModule))?.close();
  const videoEncoder = await openVideoEncoder({ bundleDirectory: bundleFolder, workerModule });
  const { model } = videoEncoder;
  const index = await stores.openIndex(model, true);
  return {
    ...vectorRemoval(stores),
    blobs,
    media: new FfmpegMediaReader(),
    videoEncoder,
    sampleFrames: sampleFrameIndices,
    view: { catalog: stores.catalogOf(model.fingerprint), index },
    // The catalog is a view of a database that others have open.
    close: () => Promise.all([index.close(), videoEncoder.close()]).then(() => {}),
  };
}
