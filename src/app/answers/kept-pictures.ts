import type { TimeRange } from '../../domain/time-range.js';
import type { Video } from '../../domain/video.js';
import type { Evidence, EvidenceKind } from '../../ports/language-model.js';
import type { VideoPictures } from '../../ports/video-pictures.js';
import { type ClipPictures, clipFrames, FRAME_WIDTH } from './clip-pictures.js';

/** What can be seen of a clip in pictures that are kept of its video, where there is no way to look at the file. */
export class KeptPictures implements ClipPictures {
  readonly #pictures: VideoPictures;

  constructor(pictures: VideoPictures) {
    this.#pictures = pictures;
  }

  async of(
    video: Video,
    range: TimeRange,
    takes: readonly EvidenceKind[],
  ): Promise<Pick<Evidence, 'features' | 'frames'>> {
    if (!takes.includes('frames')) return {};
    const frames = await clipFrames(range, async (timeSeconds) => {
      const picture = await this.#pictures.picture(video, timeSeconds, FRAME_WIDTH);
      return new Uint8Array(await new Response(picture).arrayBuffer());
    });
    return { frames };
  }
}
