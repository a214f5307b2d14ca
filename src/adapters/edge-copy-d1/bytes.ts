/** float32, little endian on every machine. */
export function floatBytes(values: Iterable<number> & { length: number }): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  let offset = 0;
  for (const value of values) {
    view.setFloat32(offset, value, true);
    offset += 4;
  }
  return new Uint8Array(view.buffer);
}

/** float64, little endian on every machine: what a number holds of an id, exactly. */
export function idBytes(ids: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(ids.length * 8));
  ids.forEach((id, place) => {
    view.setFloat64(place * 8, id, true);
  });
  return new Uint8Array(view.buffer);
}

/** The same bytes as what every implementation of D1 and R2 takes, which Node's `Buffer` is not. */
export function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
