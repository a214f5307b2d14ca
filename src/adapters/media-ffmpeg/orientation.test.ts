import { describe, expect, it } from 'vitest';
import { readOrientation } from './orientation.js';

/** As ffprobe prints it. */
function printed(a: number, b: number, c: number, d: number): string {
  const row = (name: string, ...values: number[]): string =>
    `${name}: ${values.map((value) => String(value).padStart(11)).join(' ')}`;
  return `\n${row('00000000', a, b, 0)}\n${row('00000001', c, d, 0)}\n${row('00000002', 0, 0, 1073741824)}\n`;
}

type Point = readonly [number, number];

/** Where each filter moves a point around the origin, y downwards. */
const moves: Record<string, (point: Point) => Point> = {
  'transpose=clock': ([x, y]) => [-y, x],
  'transpose=cclock': ([x, y]) => [y, -x],
  hflip: ([x, y]) => [-x, y],
  vflip: ([x, y]) => [x, -y],
};

const one = 65536;

describe('readOrientation', () => {
  it.each([
    [one, 0, 0, one, 0],
    [0, one, -one, 0, 90],
    [-one, 0, 0, -one, 180],
    [0, -one, one, 0, 270],
    [-one, 0, 0, one, 0],
    [0, -one, -one, 0, 90],
    [one, 0, 0, -one, 180],
    [0, one, one, 0, 270],
  ])('matrix [%i %i; %i %i]: filters that move points as the matrix does', (a, b, c, d, rotationDegrees) => {
    const orientation = readOrientation(printed(a, b, c, d));
    expect(orientation.rotationDegrees).toBe(rotationDegrees);
    const shown = orientation.filters.reduce((point, filter) => moves[filter]!(point), [3, 5] as Point);
    expect(shown.map((value) => value + 0)).toEqual([(3 * a + 5 * c) / one, (3 * b + 5 * d) / one]);
  });

  it('takes an angle in between for the nearest right angle', () => {
    const angle = (80 * Math.PI) / 180;
    const [cos, sin] = [Math.round(Math.cos(angle) * one), Math.round(Math.sin(angle) * one)];
    expect(readOrientation(printed(cos, sin, -sin, cos)).rotationDegrees).toBe(90);
  });

  it.each([undefined, '', printed(0, 0, 0, 0), 'nonsense'])('turns nothing for %j', (matrix) => {
    expect(readOrientation(matrix)).toEqual({ rotationDegrees: 0, filters: [] });
  });
});
