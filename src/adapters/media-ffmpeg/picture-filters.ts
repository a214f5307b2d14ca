import type { VideoStream } from './read-headers.js';

/** Pixel formats that carry transparency: rgba, yuva420p, gbrap, ya8, pal8 ... */
const WITH_ALPHA = /^(rgba|bgra|argb|abgr|yuva|gbrap|ya\d|pal8)/;

/** Pixels of the largest frame that is handed on: full HD. */
const MAX_FRAME_PIXELS = 1920 * 1080;

export interface PictureSize {
  width: number;
  height: number;
}

/**
 * Size of a stream's frames before they are turned: as they are stored, larger ones at no more than full HD, of which an encoder
 * sees a fraction, too. A clip holds dozens of frames and some clips are on their way at a time: measured, a file of 100 KB
 * with pictures of 8K took 5 GB.
 */
export function frameSize({ codedWidth, codedHeight }: VideoStream): PictureSize {
  const scale = Math.min(1, Math.sqrt(MAX_FRAME_PIXELS / (codedWidth * codedHeight)));
  const scaled = (edge: number) => Math.max(1, Math.floor(edge * scale));
  return { width: scaled(codedWidth), height: scaled(codedHeight) };
}

/**
 * ffmpeg filters that bring every picture of a stream to one size, upright and opaque (transparent parts over black).
 * The scaler reads colour matrix and range from each frame, and scales where a stream changes its size midway.
 */
export function pictureFilters(
  { pixelFormat, orientation }: VideoStream,
  { width, height }: PictureSize,
): string[] {
  const overBlack = WITH_ALPHA.test(pixelFormat) ? ['format=gbrap', 'premultiply=inplace=1'] : [];
  return [...overBlack, `scale=${width}:${height}:flags=bicubic`, 'format=rgb24', ...orientation.filters];
}
