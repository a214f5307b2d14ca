import sharp from 'sharp';
import type { VideoFrame } from '../../ports/media-reader.js';
import type { PictureWriter } from '../../ports/picture-writer.js';

/** Of 100; about what ffmpeg makes thumbnails with. */
const QUALITY = 80;

export class SharpPictureWriter implements PictureWriter {
  async jpeg(
    { width, height, pixels }: Pick<VideoFrame, 'width' | 'height' | 'pixels'>,
    wantedWidth: number,
  ): Promise<Uint8Array> {
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .resize({ width: wantedWidth })
      .jpeg({ quality: QUALITY })
      .toBuffer();
  }
}
