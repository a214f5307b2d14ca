/** Of two vectors of one length; for unit vectors the cosine of their angle. */
export function innerProduct(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, axis) => sum + value * right[axis]!, 0);
}
