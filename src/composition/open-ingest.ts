import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { chooseWindowing, type WindowingWishes } from '../app/choose-windowing.js';
import type { IngestPathsDependencies } from '../app/ingest-paths.js';
import type { FrameSampler } from '../app/plan-clips.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { type Locations, makeFolder, takeLibrary } from './data-folder.js';
import { filesAtOnce } from './files-at-once.js';
import { openLibrary } from './open-library.js';
import { openVideoEncoder } from './open-video-encoder.js';
import { workerModule } from './worker-modules.js';

/**
 * What `ingestVideo` needs, on the library in a data folder.
 * @param sampleFrames another rule than the model's own, for experiments.
 * @throws AppError as `openSearch`, and `missing-dependency`.
 */
export async function openIngest(
  { dataFolder, databaseUrl, bundleFolder, ...wishes }: Locations & WindowingWishes,
  sampleFrames: FrameSampler = sampleFrameIndices,
): Promise<IngestPathsDependencies & Closable> {
  const place = { dataFolder, databaseUrl };
  await makeFolder(dataFolder);
  const lock = takeLibrary(place);
  return closingOnFailure(lock, async () => {
    const videoEncoder = await openVideoEncoder({ bundleDirectory: bundleFolder, workerModule });
    const { model } = videoEncoder;
    const [windowing, library] = await closingOnFailure(videoEncoder, async () => [
      chooseWindowing(model.clips, wishes),
      await openLibrary(place, model),
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
