import type { Video } from '../domain/video.js';

/** Pictures out of videos. */
export interface VideoPictures {
  /**
   * A JPEG of the frame shown at a time, or of the nearest time there is one of.
   * @param width pixels it is to have, where it can have any.
   * @throws AppError `invalid-input`, `not-found` when the file is gone, `overloaded`.
   */
  picture(video: Video, atSeconds: number, width: number): Promise<ReadableStream<Uint8Array>>;
}
