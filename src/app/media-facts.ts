import type { MediaFacts } from '../domain/video.js';
import type { MediaInfo } from '../ports/media-reader.js';

/** What the catalog keeps of a probed file. */
export function mediaFacts(info: MediaInfo): MediaFacts {
  const { container, codec, width, height, durationSeconds, frameTimes } = info;
  return { container, codec, width, height, durationSeconds, frameCount: frameTimes.length };
}
