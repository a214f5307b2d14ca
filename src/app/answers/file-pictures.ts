import type { TimeRange } from '../../domain/time-range.js';
import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { ClipFeatureSource } from '../../ports/clip-features.js';
import type { Evidence, EvidenceKind } from '../../ports/language-model.js';
import type { MediaReader } from '../../ports/media-reader.js';
import { withVideoFile } from '../videos/video-file.js';
import { type ClipPictures, clipFrames, FRAME_WIDTH } from './clip-pictures.js';

export interface FilePicturesDependencies {
  blobs: BlobStore;
  media: MediaReader;
  /** Undefined where no model reads features. */
  features: ClipFeatureSource | undefined;
}

/** What can be seen of a clip, out of the file of its video. */
export class FilePictures implements ClipPictures {
  readonly #dependencies: FilePicturesDependencies;

  constructor(dependencies: FilePicturesDependencies) {
    this.#dependencies = dependencies;
  }

  async of(
    video: Video,
    { startSeconds, endSeconds }: TimeRange,
    takes: readonly EvidenceKind[],
    signal?: AbortSignal,
  ): Promise<Pick<Evidence, 'features' | 'frames'>> {
    const { blobs, media, features } = this.#dependencies;
    const range = { startSeconds, endSeconds };
    const wantsFeatures = takes.includes('features') && features !== undefined;
    if (!wantsFeatures && !takes.includes('frames')) return {};
    return withVideoFile(video, blobs, async (path) => ({
      ...(wantsFeatures ? { features: await features.features({ path, ...range }, signal) } : {}),
      ...(takes.includes('frames')
        ? { frames: await clipFrames(range, (at) => media.thumbnail(path, at, FRAME_WIDTH, signal)) }
        : {}),
    }));
  }
}
