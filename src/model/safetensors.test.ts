import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32ToFloat16 } from './float-formats.js';
import { SafetensorsFile } from './safetensors.js';
import { encodeSafetensors, type TensorToWrite } from './safetensors-writer.js';
import { bytesOf, bytesPerElement, tensorTypeNames } from './tensor-type.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'videre-safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const tensors = fc.uniqueArray(
  fc
    .record({
      name: fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__'),
      type: fc.constantFrom(...tensorTypeNames),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    })
    .chain((info) => {
      const length = info.shape.reduce((a, b) => a * b, 1) * bytesPerElement(info.type);
      return fc.record({
        info: fc.constant(info),
        bytes: fc.uint8Array({ minLength: length, maxLength: length }),
      });
    }),
  { selector: (tensor) => tensor.info.name, maxLength: 8 },
);

function toWrite(values: { info: Omit<TensorToWrite, 'bytes'>; bytes: Uint8Array }[]): TensorToWrite[] {
  return values.map(({ info, bytes }) => ({ ...info, bytes: () => bytes }));
}

/** A file with the header given word for word. */
function handMade(header: unknown, dataLength: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const file = Buffer.alloc(8 + json.length + dataLength);
  file.writeBigUInt64LE(BigInt(json.length));
  json.copy(file, 8);
  return file;
}

const f32 = (shape: unknown, start: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('safetensors', () => {
  it('reads back what it wrote, from memory and from a file', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (values, metadata) => {
        const encoded = encodeSafetensors(toWrite(values), metadata);
        const path = join(folder, 'round-trip.safetensors');
        writeFileSync(path, encoded);
        const onDisk = SafetensorsFile.open(path);
        for (const file of [SafetensorsFile.fromBytes(encoded), onDisk]) {
          expect(Object.fromEntries(file.metadata)).toEqual(metadata);
          expect([...file.tensors.keys()].sort()).toEqual(values.map(({ info }) => info.name).sort());
          for (const { info, bytes } of values) {
            expect(file.tensors.get(info.name)).toMatchObject({ type: info.type, shape: info.shape });
            expect(Buffer.from(file.readBytes(info.name))).toEqual(Buffer.from(bytes));
          }
        }
        onDisk.close();
      }),
      { numRuns: 60 },
    );
  });

  it('writes the same bytes whatever the order of the tensors, aligned for typed arrays', () => {
    fc.assert(
      fc.property(tensors, (values) => {
        const encoded = encodeSafetensors(toWrite(values));
        expect(encodeSafetensors(toWrite([...values].reverse()))).toEqual(encoded);
        expect(Buffer.from(encoded).readBigUInt64LE() % 8n).toBe(0n);
        for (const [name, info] of SafetensorsFile.fromBytes(encoded).tensors) {
          const { start } = info as unknown as { start: number };
          expect(start % bytesPerElement(info.type), name).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('upcasts every type to float32', () => {
    const values = [0, 1, 2, 100];
    const arrays: Record<string, ArrayBufferView> = {
      F64: Float64Array.from(values),
      F32: Float32Array.from(values),
      F16: float32ToFloat16(Float32Array.from(values)),
      BF16: Uint16Array.from([0, 0x3f80, 0x4000, 0x42c8]),
      I64: BigInt64Array.from(values, BigInt),
      I32: Int32Array.from(values),
      I16: Int16Array.from(values),
      I8: Int8Array.from(values),
      U64: BigUint64Array.from(values, BigInt),
      U32: Uint32Array.from(values),
      U16: Uint16Array.from(values),
      U8: Uint8Array.from(values),
    };
    const file = SafetensorsFile.fromBytes(
      encodeSafetensors(
        Object.entries(arrays).map(([type, array]) => ({
          name: type,
          type: type as TensorToWrite['type'],
          shape: [2, 2],
          bytes: () => bytesOf(array),
        })),
      ),
    );
    for (const type of Object.keys(arrays)) expect([...file.readTensorAsFloat32(type)], type).toEqual(values);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /0 bytes/],
    ['a header longer than the file', Buffer.from('ffffffff00000000', 'hex'), /announces a header/],
    ['a header of 2^63 bytes', Buffer.from('0000000000000080', 'hex'), /announces a header/],
    ['no JSON', handMade('{"a":', 0), /not valid JSON/],
    ['an array for a header', handMade([], 0), /no JSON object/],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('0200000000000000', 'hex'), Buffer.from([0xff, 0xfe])]),
      /UTF-8/,
    ],
    [
      'an unknown type',
      handMade({ t: { dtype: 'C64', shape: [], data_offsets: [0, 8] } }, 8),
      /"t" has type "C64"/,
    ],
    ['a negative size', handMade({ t: f32([-1], 0, 4) }, 4), /"t" has a dimension of size -1/],
    ['a fractional size', handMade({ t: f32([1.5], 0, 6) }, 6), /size 1\.5/],
    ['a shape that overflows', handMade({ t: f32([2 ** 40, 2 ** 40, 0], 0, 0) }, 0), /"t".*too many/],
    ['a range that does not fit the shape', handMade({ t: f32([2], 0, 4) }, 4), /"t".*needs 8 bytes, not 4/],
    ['a range that ends before it starts', handMade({ t: f32([1], 8, 4) }, 8), /data_offsets \[8, 4\]/],
    ['overlapping tensors', handMade({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /"b" overlaps/],
    ['a hole', handMade({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /4 bytes before tensor "b"/],
    ['bytes left over', handMade({ a: f32([1], 0, 4) }, 5), /1 bytes at its end/],
    ['a truncated file', handMade({ a: f32([2], 0, 8) }, 7), /truncated/],
    ['an unknown field', handMade({ a: { ...f32([1], 0, 4), url: 'x' } }, 4), /unknown field "url"/],
    ['a name of megabytes', handMade(`{"${'\\\\n'.repeat(4e6)}":1}`, 0), /name of 8000000 characters/],
    [
      'a name listed twice, once escaped',
      handMade(`{"a":${JSON.stringify(f32([1], 0, 4))},"\\u0061":${JSON.stringify(f32([1], 0, 4))}}`, 4),
      /"a" is listed twice/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => SafetensorsFile.fromBytes(bytes, 'file')).toThrow(message);
    expect(() => SafetensorsFile.fromBytes(bytes)).toThrow(
      expect.objectContaining({ code: 'invalid-model' }),
    );
  });

  it('refuses a symbolic link, and names a tensor that is not there', () => {
    const real = join(folder, 'real.safetensors');
    const link = join(folder, 'link.safetensors');
    writeFileSync(real, encodeSafetensors([]));
    symlinkSync(real, link);
    expect(() => SafetensorsFile.open(link)).toThrow(/symbolic link/);
    expect(() => SafetensorsFile.open(join(folder, 'absent'))).toThrow(
      expect.objectContaining({ code: 'file-not-found' }),
    );
    const file = SafetensorsFile.fromBytes(readFileSync(real));
    expect(() => file.readTensorAsFloat32('head.weight')).toThrow(/no tensor "head\.weight"/);
  });
});
