import { BicubicResizer } from '../../model/preprocess/resize.js';
import type { CaseTensors } from './case-tensors.js';
import { type Comparison, compareLevels } from './comparison.js';

/** Resizes the case's frames both ways. */
export function runResizeCase(name: string, expected: CaseTensors): Comparison[] {
  const [count, , height, width] = expected.shape('frames', 4) as [number, number, number, number];
  const frames = expected.bytes('frames');
  return [false, true]
    .map((antialias) => ({ antialias, tensor: `resized_antialias_${antialias}` }))
    .filter(({ tensor }) => expected.has(tensor))
    .map(({ antialias, tensor }) => {
      const [, , toHeight, toWidth] = expected.shape(tensor, 4) as [number, number, number, number];
      const resizer = new BicubicResizer({ width, height }, { width: toWidth, height: toHeight }, antialias);
      const resized = new Uint8Array(count * 3 * toHeight * toWidth);
      for (let frame = 0; frame < count; frame++) {
        const planes = frames.subarray(frame * 3 * height * width, (frame + 1) * 3 * height * width);
        resized.set(toPlanes(resizer.resize(toPixels(planes))), frame * 3 * toHeight * toWidth);
      }
      return compareLevels({ case: name, tensor }, resized, expected.bytes(tensor));
    });
}

/** [3, H, W] -> [H, W, 3] */
function toPixels(planes: Uint8Array): Uint8Array {
  const size = planes.length / 3;
  return planes.map((_, index) => planes[(index % 3) * size + Math.floor(index / 3)]!);
}

/** [H, W, 3] -> [3, H, W] */
function toPlanes(pixels: Uint8ClampedArray): Uint8ClampedArray {
  const size = pixels.length / 3;
  return pixels.map((_, index) => pixels[(index % size) * 3 + Math.floor(index / size)]!);
}
