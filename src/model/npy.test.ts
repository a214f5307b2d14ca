import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseNpy } from './npy.js';

/** A file as numpy.lib.format describes it. */
function npy(
  descriptor: string,
  shape: string,
  data: ArrayBufferView,
  { version = 1, fortran = false } = {},
) {
  const text = `{'descr': '${descriptor}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const prefix = version === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]),
    length,
    Buffer.from(header),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

describe('.npy', () => {
  it.each([1, 2, 3])('version %d', (version) => {
    const read = parseNpy(npy('<f4', '(2, 3)', Float32Array.of(1, 2, 3, 4, 5, 6), { version }), 'a.npy');
    expect(read.shape).toEqual([2, 3]);
    expect([...read.values]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('float64, and columns first', () => {
    const read = parseNpy(
      npy('<f8', '(2, 3)', Float64Array.of(1, 4, 2, 5, 3, 6), { fortran: true }),
      'a.npy',
    );
    expect([...read.values]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps apart what float64 keeps apart: a tie that rounding makes would change ranks', () => {
    const close = Float64Array.of(1e-60, 2e-60, 0.1, 0.1 + 1e-12);
    const { values } = parseNpy(npy('<f8', '(2, 2)', close), 'a.npy');
    expect([...values]).toEqual([...close]);
  });

  it.each([
    [npy('|O', '(1,)', Float32Array.of(1)), 'elements of type |O'],
    [npy('>f4', '(1,)', Float32Array.of(1)), 'elements of type >f4'],
    [npy('<f4', '(2, 2)', Float32Array.of(1, 2, 3)), 'does not fit'],
    [npy('<f4', '(1,)', Float32Array.of(1)).subarray(0, 40), 'cut off'],
    [Buffer.from('PK\u0003\u0004 this is an archive'), 'no .npy file'],
  ])('refuses what it cannot read (%#)', (bytes, message) => {
    expect(() => parseNpy(bytes, 'a.npy')).toThrow(message);
  });

  const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;
  it.skipIf(!hasNumpy)(`reads what numpy wrote${hasNumpy ? '' : ' (skipped: no numpy here)'}`, () => {
    for (const type of ['float16', 'float32', 'float64', 'int64', 'uint8']) {
      const program = `import numpy, sys; numpy.save(sys.stdout.buffer, numpy.arange(12).reshape(3, 4).astype('${type}').T)`;
      const { stdout } = spawnSync('python3', ['-c', program]);
      const { shape, values } = parseNpy(stdout, type);
      expect(shape).toEqual([4, 3]);
      expect([...values]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    }
  });
});
