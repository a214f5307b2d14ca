import sharp from 'sharp';
import { expect, it } from 'vitest';
import { SharpPictureWriter } from './sharp-picture-writer.js';

it('writes a frame as it is, at the width that is wanted', async () => {
  const [width, height] = [8, 4];
  // Red at the left, blue at the right.
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, place) => {
    const isLeft = Math.floor(place / 3) % width < width / 2;
    return [isLeft ? 255 : 0, 0, isLeft ? 0 : 255][place % 3]!;
  });
  const jpeg = await new SharpPictureWriter().jpeg({ width, height, pixels }, 64);
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 64, height: 32, channels: 3 });
  const at = (x: number) => [...data.subarray((16 * 64 + x) * 3, (16 * 64 + x) * 3 + 3)];
  expect(at(4)[0]).toBeGreaterThan(200);
  expect(at(4)[2]).toBeLessThan(60);
  expect(at(59)[0]).toBeLessThan(60);
  expect(at(59)[2]).toBeGreaterThan(200);
});
