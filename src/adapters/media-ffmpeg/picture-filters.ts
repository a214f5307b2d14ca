import type { VideoStream } from './read-headers.js';

/** Pixel formats that carry transparency: rgba, yuva420p, gbrap, ya8, pal8 ... */
const WITH_ALPHA = /^(rgba|bgra|argb|abgr|yuva|gbrap|ya\d|pal8)/;

/**
 * ffmpeg filters that bring every picture of a stream to one size, upright and opaque (transparent parts over black).
 * The scaler reads colour matrix and range from each frame, and scales where a stream changes its size midway.
 */
export function pictureFilters({ codedWidth, codedHeight, pixelFormat, orientation }: VideoStream): string[] {
  const overBlack = WITH_ALPHA.test(pixelFormat) ? ['format=gbrap', 'premultiply=inplace=1'] : [];
  return [
    ...overBlack,
    `scale=${codedWidth}:${codedHeight}:flags=bicubic`,
    'format=rgb24',
    ...orientation.filters,
  ];
}
