/** Conversions between float32 and the two 16-bit formats, IEEE 754 binary16 and bfloat16. */

const singleFloat = new Float32Array(1);
const singleBits = new Uint32Array(singleFloat.buffer);

function float16BitsToFloat32(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let decodingTable: Float32Array | undefined;

/** Exact: every binary16 value is a float32. A table of all 65,536 makes a large checkpoint cheap to upcast. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  decodingTable ??= Float32Array.from({ length: 0x10000 }, (_, half) => float16BitsToFloat32(half));
  const table = decodingTable;
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]!]!;
  return floats;
}

/** Exact: bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return floats;
}

/** Rounds to nearest, ties to even; what is too large for binary16 (65,520 and up) becomes infinity. */
export function float32ToFloat16(floats: Float32Array): Uint16Array {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) halves[i] = float16Bits(floats[i]!);
  return halves;
}

function float16Bits(value: number): number {
  singleFloat[0] = value;
  const bits = singleBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds past 65,504
  if (magnitude < 0x38800000) {
    // Below the least normal binary16: a whole number of 2^-24, rounded to even.
    const scaled = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  // Rebias the exponent (127 -> 15) and round the 13 dropped bits; a carry flows into the exponent as it should.
  const lowest = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + lowest) >>> 13);
}
