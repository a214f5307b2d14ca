/**
 * How the patch embedding of an image model becomes one of a video model. `center`, the reference's default: the image
 * kernel at the middle of the tube, zeros around it. `repeat`: the kernel at every frame, divided by their number, so
 * that a still video gives what its image gave (Carreira & Zisserman 2017, section 2).
 */
export type InflationMode = 'center' | 'repeat';

/**
 * @param kernel [C, 3, p, p]
 * @param planes C * 3
 * @param planeSize p * p
 * @returns [C, 3, tubelet, p, p]
 */
export function inflatePatchKernel(
  kernel: Float32Array,
  planes: number,
  planeSize: number,
  tubelet: number,
  mode: InflationMode,
): Float32Array {
  const result = new Float32Array(planes * tubelet * planeSize);
  for (let plane = 0; plane < planes; plane++) {
    const image = kernel.subarray(plane * planeSize, (plane + 1) * planeSize);
    const tube = plane * tubelet * planeSize;
    if (mode === 'center') result.set(image, tube + Math.floor(tubelet / 2) * planeSize);
    else {
      const share = image.map((value) => value / tubelet);
      for (let frame = 0; frame < tubelet; frame++) result.set(share, tube + frame * planeSize);
    }
  }
  return result;
}
