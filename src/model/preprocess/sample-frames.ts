import { AppError } from '../../domain/errors.js';

/**
 * The frame rule "middle" of the reference: the video is cut into `framesPerClip` spans of equal length and the
 * middle frame of each is taken. A video with fewer frames gives all of them and repeats the last one.
 * @returns `framesPerClip` ascending positions below `frameCount`
 * @throws AppError `invalid-input` unless both are whole numbers of at least 1.
 */
export function sampleFrameIndices(frameCount: number, framesPerClip: number): number[] {
  for (const [name, value] of Object.entries({ frameCount, framesPerClip })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new AppError('invalid-input', `${name} is ${value}; it must be a whole number of at least 1.`);
    }
  }
  const spans = Math.min(frameCount, framesPerClip);
  // The step is computed first, as numpy's linspace does: its rounding decides some edges.
  const step = frameCount / spans;
  const edge = (span: number): number => (span === spans ? frameCount : Math.floor(span * step));
  return Array.from({ length: framesPerClip }, (_, position) => {
    const span = Math.min(position, spans - 1);
    return Math.floor((edge(span) + edge(span + 1) - 1) / 2);
  });
}
