import sharp from 'sharp';
import { BicubicResizer } from '../../model/preprocess/resize.js';
import type { ClipFrames } from '../../ports/encoders.js';
import { type RemoteResult, remote } from '../worker-thread/remote-result.js';

export interface PictureRequest {
  clip: ClipFrames;
  imageSize: number;
  antialias: boolean;
}

/** What a thread that prepares pictures is asked for. */
export interface PictureOperations {
  pictures: (request: PictureRequest) => Promise<RemoteResult<string[]>>;
}

/** The frames of a clip as the model sees them, each a PNG [imageSize, imageSize, 3] in base64. */
export const pictures: PictureOperations['pictures'] = remote(
  async ({ clip, imageSize, antialias }: PictureRequest) => {
    const resizer = new BicubicResizer(clip, { width: imageSize, height: imageSize }, antialias);
    const written = new Map<Uint8Array, string>();
    for (const frame of clip.frames) {
      // A short clip repeats its last frame.
      if (!written.has(frame)) written.set(frame, await asPng(resizer.resize(frame), imageSize));
    }
    return clip.frames.map((frame) => written.get(frame)!);
  },
);

async function asPng(pixels: Uint8ClampedArray, imageSize: number): Promise<string> {
  const raw = { width: imageSize, height: imageSize, channels: 3 } as const;
  // The quickest: on the way between two machines of one room the last tenth of the size is not worth the time.
  const png = await sharp(pixels, { raw }).png({ compressionLevel: 1 }).toBuffer();
  return png.toString('base64');
}
