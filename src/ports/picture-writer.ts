import type { VideoFrame } from './media-reader.js';

export interface PictureWriter {
  /** A JPEG of a frame, scaled to `width` pixels, aspect ratio kept. */
  jpeg(frame: Pick<VideoFrame, 'width' | 'height' | 'pixels'>, width: number): Promise<Uint8Array>;
}
