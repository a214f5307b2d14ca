import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ImageReader } from '../../src/ports/image-reader.js';

/** Left half red, right half blue, 4 x 2. */
const halves = Buffer.concat(
  Array.from({ length: 2 }, () => Buffer.from([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255])),
);
const picture = () => sharp(halves, { raw: { width: 4, height: 2, channels: 3 } });

/** What every `ImageReader` reads. */
export function describeImageReader(name: string, open: () => ImageReader): void {
  describe(`${name} as an ImageReader`, () => {
    const decode = async (image: Sharp) => open().decode(await image.toBuffer());
    const lossless = { quality: 100, lossless: true } as const;

    it.each([
      ['PNG', () => picture().png()],
      ['WebP', () => picture().webp(lossless)],
      ['GIF', () => picture().gif()],
    ])('reads %s to the pixel', async (_, image) => {
      const { width, height, pixels } = await decode(image());
      expect([width, height]).toEqual([4, 2]);
      expect(Buffer.from(pixels)).toEqual(halves);
    });

    it.each([
      ['JPEG', () => picture().resize(64, 32, { kernel: 'nearest' }).jpeg()],
      ['AVIF', () => picture().resize(64, 32, { kernel: 'nearest' }).avif({ quality: 90 })],
    ])('reads %s about right', async (_, image) => {
      const { width, height, pixels } = await decode(image());
      expect([width, height, pixels.length]).toEqual([64, 32, 64 * 32 * 3]);
      const [red, , blue] = pixels.subarray(0, 3);
      expect(red! > 200 && blue! < 60).toBe(true);
    });

    it('holds a picture upright that a camera turned', async () => {
      // 6: the top of the scene is at the right of the stored picture.
      const { width, height, pixels } = await decode(picture().withMetadata({ orientation: 6 }).png());
      expect([width, height]).toEqual([2, 4]);
      expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
      expect([...pixels.subarray(-3)]).toEqual([0, 0, 255]);
    });

    it('shows three channels of grey, of a palette, and of what is transparent', async () => {
      const grey = await decode(picture().greyscale().png());
      expect(grey.pixels).toHaveLength(24);
      expect(grey.pixels[0]).toBe(grey.pixels[2]);
      const palette = await decode(picture().png({ palette: true }));
      expect(Buffer.from(palette.pixels)).toEqual(halves);
      const see = { r: 255, g: 255, b: 255, alpha: 0 };
      const clear = await decode(
        sharp({ create: { width: 1, height: 1, channels: 4, background: see } }).png(),
      );
      expect([...clear.pixels]).toEqual([0, 0, 0]);
    });

    it('refuses what is no picture, no whole one, or of a kind that is not for scenes', async () => {
      const png = await picture().png().toBuffer();
      const noise = Buffer.from(Array.from({ length: 3 * 64 * 64 }, (_, place) => (place * 7919) % 251));
      const large = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
        .png()
        .toBuffer();
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.from('text'),
        png.subarray(0, 20),
        large.subarray(0, large.length / 2),
        svg,
      ])
        await expect(open().decode(bytes)).rejects.toMatchObject({ code: 'unsupported-media' });
    });

    it('refuses a picture that would take all memory, before it takes any', async () => {
      const background = { r: 0, g: 0, b: 0 };
      const bomb = await sharp({ create: { width: 8000, height: 8000, channels: 3, background } })
        .png()
        .toBuffer();
      await expect(open().decode(bomb)).rejects.toMatchObject({ code: 'media-limit' });
    });
  });
}
