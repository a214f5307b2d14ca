import sharp from 'sharp';
import { AppError } from '../../domain/errors.js';
import type { DecodedImage, ImageReader } from '../../ports/image-reader.js';

/** The same bound as for a video's frames. */
const MAX_PIXELS = 33_554_432;
const FORMATS = ['png', 'jpeg', 'webp', 'gif', 'heif'];

/** Pictures through libvips. */
export class SharpImageReader implements ImageReader {
  async decode(bytes: Uint8Array): Promise<DecodedImage> {
    try {
      const image = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 });
      const { format } = await image.metadata();
      // What else libvips reads (SVG, PDF, TIFF ...) is more attack surface than anybody's picture of a scene needs.
      if (!FORMATS.includes(format)) throw new Error(`It is ${format}.`);
      const { data, info } = await image
        .autoOrient()
        .toColourspace('srgb')
        .flatten({ background: '#000' })
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, pixels: inThreeChannels(data, info.channels) };
    } catch (cause) {
      throw refusal(cause);
    }
  }
}

/** A grey picture keeps its single channel through libvips. */
function inThreeChannels(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data);
  const pixels = new Uint8Array((data.length / channels) * 3);
  for (let pixel = 0; pixel < data.length / channels; pixel++) {
    pixels.fill(data[pixel * channels]!, pixel * 3, pixel * 3 + 3);
  }
  return pixels;
}

function refusal(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (/pixel limit/i.test(reason)) {
    return new AppError('media-limit', `The image has more than ${MAX_PIXELS} pixels.`, {
      cause,
      hint: 'Send a smaller copy: the model looks at a few hundred pixels a side.',
    });
  }
  return new AppError('unsupported-media', 'The image cannot be read.', {
    cause,
    hint: 'PNG, JPEG, WebP, AVIF and GIF go; is the file whole?',
  });
}
