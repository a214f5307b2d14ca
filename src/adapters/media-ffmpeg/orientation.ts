/** How the stored picture is turned for display. */
export interface Orientation {
  rotationDegrees: 0 | 90 | 180 | 270;
  /** ffmpeg filters that do it; empty for none. */
  filters: readonly string[];
}

const UPRIGHT: Orientation = { rotationDegrees: 0, filters: [] };

/**
 * The eight ways a display matrix [a b; c d] can turn a picture by right angles, mirrored or not, by the signs of
 * a, b, c, d. A picture's point (x, y), y downwards, is shown at (a x + c y, b x + d y) (ISO 14496-12, 6.2.2).
 */
const ORIENTATIONS: Record<string, Orientation> = {
  '1,0,0,1': UPRIGHT,
  '0,1,-1,0': { rotationDegrees: 90, filters: ['transpose=clock'] },
  '-1,0,0,-1': { rotationDegrees: 180, filters: ['hflip', 'vflip'] },
  '0,-1,1,0': { rotationDegrees: 270, filters: ['transpose=cclock'] },
  '-1,0,0,1': { rotationDegrees: 0, filters: ['hflip'] },
  '0,-1,-1,0': { rotationDegrees: 90, filters: ['transpose=clock', 'vflip'] },
  '1,0,0,-1': { rotationDegrees: 180, filters: ['vflip'] },
  '0,1,1,0': { rotationDegrees: 270, filters: ['transpose=cclock', 'vflip'] },
};

/**
 * @param displayMatrix as ffprobe prints it: three lines `0000000N: a b u`. An angle between right angles is taken for
 * the nearest one; a matrix of nonsense (all zero, say) turns nothing.
 */
export function readOrientation(displayMatrix: string | undefined): Orientation {
  if (displayMatrix === undefined) return UPRIGHT;
  const rows = displayMatrix
    .trim()
    .split('\n')
    .map((line) => (line.split(':')[1] ?? '').trim().split(/\s+/).map(Number));
  const [a = 0, b = 0] = rows[0] ?? [];
  const [c = 0, d = 0] = rows[1] ?? [];
  const isSideways = Math.abs(b) + Math.abs(c) > Math.abs(a) + Math.abs(d);
  const signs = isSideways ? [0, Math.sign(b), Math.sign(c), 0] : [Math.sign(a), 0, 0, Math.sign(d)];
  return ORIENTATIONS[signs.join(',')] ?? UPRIGHT;
}
