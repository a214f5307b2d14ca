import { AppError } from '../../domain/errors.js';
import type { ClipFrames } from '../../ports/encoders.js';
import type { Preprocessing, VideoArchitecture } from '../bundle.js';
import { BicubicResizer } from './resize.js';

/**
 * A clip as the encoder takes it: each frame resized to the model's square (aspect ratio ignored), divided by 255,
 * then (value - mean) / std per channel.
 * @returns [T, 3, S, S], T = `architecture.frames`, S = `architecture.imageSize`
 * @throws AppError `invalid-input` when the clip has another number of frames, or a frame another size than it says.
 */
export function preprocessClip(
  clip: ClipFrames,
  architecture: Pick<VideoArchitecture, 'frames' | 'imageSize'>,
  preprocessing: Preprocessing,
): Float32Array {
  const { frames: frameCount, imageSize } = architecture;
  if (clip.frames.length !== frameCount) {
    throw new AppError(
      'invalid-input',
      `The model takes ${frameCount} frames a clip, not ${clip.frames.length}.`,
    );
  }
  const output = { width: imageSize, height: imageSize };
  const resizer = new BicubicResizer(clip, output, preprocessing.antialias);
  const levels = normalizedLevels(preprocessing);
  const plane = imageSize * imageSize;
  const pixelValues = new Float32Array(frameCount * 3 * plane);
  clip.frames.forEach((frame, t) => {
    const start = t * 3 * plane;
    if (t > 0 && frame === clip.frames[t - 1]) {
      // A short clip repeats its last frame.
      pixelValues.copyWithin(start, start - 3 * plane, start);
      return;
    }
    const pixels = resizer.resize(frame);
    for (let channel = 0; channel < 3; channel++) {
      const level = levels[channel]!;
      const target = start + channel * plane;
      for (let i = 0; i < plane; i++) pixelValues[target + i] = level[pixels[i * 3 + channel]!]!;
    }
  });
  return pixelValues;
}

/** The normalized value of each of the 256 levels, per channel: a picture has far more pixels than that. */
function normalizedLevels({ mean, std }: Preprocessing): Float32Array[] {
  return [0, 1, 2].map((channel) =>
    Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean[channel]!) / std[channel]!),
  );
}
