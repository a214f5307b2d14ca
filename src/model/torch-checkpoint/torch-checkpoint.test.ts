import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  checkpointOf,
  modelPickle,
  pickle,
  pickleBytes,
  storage,
  tensor,
} from '../../../test/support/hand-made-checkpoint.js';
import { AppError } from '../../domain/errors.js';
import { bytesInMemory } from '../byte-source.js';
import { openCheckpoint } from '../checkpoint.js';
import { bytesOf } from '../tensor-type.js';
import { TorchCheckpoint } from './torch-checkpoint.js';

const golden = '../shared/golden';
const folder = mkdtempSync(join(tmpdir(), 'videre-pickle-'));
const canary = join(folder, 'canary');
afterAll(() => rmSync(folder, { recursive: true }));

const { integer, string, tupleOf, global } = pickle;
const i = integer;
const values = (count: number) => bytesOf(Float32Array.from({ length: count }, (_, index) => index));
const open = (bytes: Uint8Array) => new TorchCheckpoint(bytesInMemory(bytes, 'evil.pth'));
const goodTensor = tensor(storage('FloatStorage', '0', i(6)), i(0), [i(2), i(3)], [i(3), i(1)]);

function refusal(bytes: Uint8Array): AppError {
  try {
    open(bytes);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a checkpoint that PyTorch wrote', () => {
  const whole = Array.from({ length: 24 }, (_, index) => index);

  it('gives every type, and views with offsets and strides of one storage', () => {
    const checkpoint = openCheckpoint('test/fixtures/torch-views.pth');
    const read = (name: string) => [...checkpoint.readTensorAsFloat32(name)];
    expect(read('whole')).toEqual(whole);
    expect(read('offset')).toEqual(whole.slice(5, 11));
    // base.view(2, 3, 4).permute(2, 0, 1): element [k, i, j] is i * 12 + j * 4 + k.
    expect(read('transposed')).toEqual(
      [0, 1, 2, 3].flatMap((k) => [0, 12].flatMap((i) => [0, 4, 8].map((j) => i + j + k))),
    );
    expect(checkpoint.tensors.get('transposed')).toEqual({ type: 'F32', shape: [4, 2, 3] });
    expect(read('strided')).toEqual([1, 4, 7, 10, 13, 16, 19, 22]);
    expect(read('expanded')).toEqual([7, 7, 7, 7, 7, 7]);
    expect(read('scalar')).toEqual([2.5]);
    expect(read('empty')).toEqual([]);
    expect(read('parameter')).toEqual([3, 4]);
    expect(read('bool')).toEqual([1, 0, 1]);
    for (const name of ['float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8']) {
      expect(read(name), name).toEqual([0, 1, 2, 100]);
    }
    checkpoint.close();
  });

  it.skipIf(!existsSync(golden))(
    `opens every checkpoint of ${golden} (skipped where that folder is missing)`,
    () => {
      const files = readdirSync(golden).filter((file) => file.endsWith('.pth'));
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        const checkpoint = openCheckpoint(join(golden, file));
        expect(checkpoint.tensors.size, file).toBeGreaterThan(10);
        for (const name of checkpoint.tensors.keys()) {
          expect(checkpoint.readTensorAsFloat32(name).every(Number.isFinite), `${file} ${name}`).toBe(true);
        }
        checkpoint.close();
      }
    },
  );
});

describe('a checkpoint made by hand', () => {
  const good = checkpointOf(modelPickle({ weight: goodTensor }), { 0: values(6) });

  it('opens when nothing is wrong with it', () => {
    expect([...open(good).readTensorAsFloat32('weight')]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('finds the state dict where trainers put it, and takes away the wrapper of distributed training', () => {
    for (const key of ['model', 'module', 'state_dict']) {
      const data = pickleBytes(
        `}(${string('epoch')}${i(3)}${string(key)}}(${string('module.weight')}${goodTensor}uu`,
      );
      expect([...open(checkpointOf(data, { 0: values(6) })).tensors.keys()]).toEqual(['weight']);
    }
    const bare = pickleBytes(`}(${string('weight')}${goodTensor}u`);
    expect([...open(checkpointOf(bare, { 0: values(6) })).tensors.keys()]).toEqual(['weight']);
  });

  it('keeps objects of unknown classes as inert records', () => {
    const easyDict = `${global('utils.easydict', 'EasyDict')})\x81(${string('lr')}${i(1)}u`;
    const reconstructed = `${global('copyreg', '_reconstructor')}${tupleOf(global('my.code', 'Config'), global('builtins', 'object'), 'N')}R}b`;
    const reduced = `${global('numpy', 'dtype')}${tupleOf(string('f8'))}R`;
    const model = `${string('model')}}(${string('weight')}${goodTensor}u`;
    const data = pickleBytes(
      `}(${string('a')}${easyDict}${string('b')}${reconstructed}${string('c')}${reduced}${model}u`,
    );
    expect(open(checkpointOf(data, { 0: values(6) })).tensors.size).toBe(1);
  });

  const call = (module: string, name: string, argument = string(`touch ${canary}`)) =>
    pickleBytes(
      `}(${string('model')}}(${string('weight')}${goodTensor}u${string('x')}${global(module, name)}${tupleOf(argument)}Ru`,
    );
  const python = string(`open(${JSON.stringify(canary)}, "w")`);

  it.each<[string, Uint8Array, RegExp]>([
    ['os.system', call('os', 'system'), /names "os\.system"/],
    ['posix.system', call('posix', 'system'), /names "posix\.system"/],
    ['subprocess.Popen, though a class', call('subprocess', 'Popen'), /"subprocess\.Popen"/],
    ['builtins.eval', call('builtins', 'eval', python), /"builtins\.eval"/],
    ['__builtin__.exec of Python 2', call('__builtin__', 'exec', python), /"__builtin__\.exec"/],
    ['builtins.getattr', call('builtins', 'getattr'), /"builtins\.getattr"/],
    ['importlib.import_module', call('importlib', 'import_module'), /"importlib\.import_module"/],
    [
      'os.system through an attribute of torch',
      call('torch.serialization', 'os.system'),
      /"torch\.serialization\.os\.system"/,
    ],
    ['a function nobody knows', call('payload', 'run'), /calls "payload\.run"/],
    [
      'torch.load inside a pickle',
      call('torch.storage', '_load_from_bytes'),
      /calls "torch\.storage\._load_from_bytes"/,
    ],
    [
      'os.system named through STACK_GLOBAL',
      pickleBytes(`}(${string('model')}${string('os')}${string('system')}\x93${tupleOf(python)}Ru`),
      /names "os\.system"/,
    ],
    [
      'a call of what a call gave',
      pickleBytes(
        `}(${string('model')}${global('functools', 'partial')}${tupleOf(global('my', 'Class'))}R)Ru`,
      ),
      /calls an object of "functools\.partial"/,
    ],
    ['the text opcodes of protocol 0', pickleBytes("cmy.code\nClass\n(S'touch'\ntR"), /opcode 0x53/],
    ['INST, which calls without REDUCE', pickleBytes(`(${python}iposix\nsystem\n`), /opcode 0x69/],
    ['OBJ', pickleBytes(`(${global('my', 'Class')}${python}o`), /opcode 0x6f/],
    ['the extension registry', pickleBytes('\x82\x01'), /opcode 0x82/],
    ['protocol 0', Buffer.from('\x80\x00}.', 'latin1'), /protocol 0/],
  ])('refuses %s and runs nothing', (_, data, message) => {
    const error = refusal(checkpointOf(data, { 0: values(6) }));
    expect(error).toMatchObject({ code: 'invalid-model' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('evil.pth');
    expect(existsSync(canary)).toBe(false);
  });

  const over = (sizes: string[], strides: string[], offset = i(0), count = i(6)) =>
    modelPickle({ weight: tensor(storage('FloatStorage', '0', count), offset, sizes, strides) });
  const long = pickle.long;

  it.each<[string, Uint8Array, RegExp]>([
    ['a tensor beyond its storage', over([i(7)], [i(1)]), /reaches element 6 .* which has 6/],
    ['an offset beyond the storage', over([i(3)], [i(1)], i(4)), /reaches element 6/],
    ['a stride beyond the storage', over([i(2), i(2)], [i(5), i(1)]), /reaches element 6/],
    ['a negative offset', over([i(2)], [i(1)], i(-1)), /no whole numbers/],
    ['a negative stride', over([i(2)], [i(-1)], i(3)), /no whole numbers/],
    ['a shape that overflows', over([long(2n ** 40n), long(2n ** 40n)], [i(0), i(0)]), /too many elements/],
    ['a stride that overflows', over([long(2n ** 30n), i(2)], [long(2n ** 52n), i(1)]), /reaches element/],
    ['sizes and strides of different length', over([i(2), i(3)], [i(1)]), /2 sizes and 1 strides/],
    ['a few bytes that claim terabytes', over([long(2n ** 40n)], [i(0)]), /repeats 6 stored elements/],
    [
      'a storage shorter than it says',
      over([i(6)], [i(1)], i(0), i(7)),
      /needs 28 bytes in storage "0", which has 24/,
    ],
    [
      'a storage that is not there',
      modelPickle({
        weight: tensor(storage('FloatStorage', '../../etc/passwd', i(6)), i(0), [i(1)], [i(1)]),
      }),
      /storage "\.\.\/\.\.\/etc\/passwd", which is missing/,
    ],
    [
      'a storage of unknown type',
      modelPickle({ w: storage('ComplexFloatStorage', '0', i(6)) }),
      /torch\.ComplexFloatStorage/,
    ],
    [
      'a persistent id of something else',
      pickleBytes(`${string('file:///etc/passwd')}Q`),
      /persistent id is a string/,
    ],
    ['no tensors at all', pickleBytes(`}(${string('model')}}u`), /holds no tensors/],
    ['a list instead of a dict', pickleBytes(']'), /holds no tensors/],
    [
      'a pickle that ends in the middle',
      modelPickle({ weight: goodTensor }).subarray(0, -30),
      /a line does not end/,
    ],
    ['a string longer than the file', pickleBytes('X\xff\xff\xff\x7f'), /2147483647 bytes are announced/],
    ['a huge integer', pickleBytes('\x8b\xff\xff\xff\x7f'), /an integer has 2147483647 bytes/],
    ['a stack underflow', pickleBytes('\x85'), /stack is empty/],
    ['a reach below the mark', pickleBytes('N(\x85'), /stack is empty/],
    ['a memo entry that is not there', pickleBytes('h\x07'), /nothing is remembered under 7/],
    ['an endless name', pickleBytes(`c${'m'.repeat(1000)}\nx\n`), /too long/],
    [
      'more operations than any checkpoint has',
      pickleBytes('N0'.repeat(600_000)),
      /more than 1000000 operations/,
    ],
  ])('refuses %s', (_, data, message) => {
    const error = refusal(checkpointOf(data, { 0: values(6) }));
    expect(error).toMatchObject({ code: 'invalid-model' });
    expect(error.message).toMatch(message);
  });

  it('stays small on a pickle that would unfold to gigabytes, and on deep nesting', () => {
    // Each level is a tuple of the level below, twice, through the memo: 2^60 leaves if anybody unfolded it.
    const bomb = `N${Array.from({ length: 60 }, (_, level) => `q${String.fromCharCode(level)}0h${String.fromCharCode(level)}h${String.fromCharCode(level)}\x86`).join('')}`;
    const deep = `${'('.repeat(100_000)}${'t'.repeat(100_000)}`;
    const cycle = ']q\x00h\x00a';
    for (const filler of [bomb, deep, cycle]) {
      const data = pickleBytes(
        `}(${string('x')}${filler}${string('model')}}(${string('weight')}${goodTensor}uu`,
      );
      expect(open(checkpointOf(data, { 0: values(6) })).tensors.size).toBe(1);
    }
  });

  it('answers any damage with a typed error or the tensors, never with a crash', () => {
    const data = modelPickle({ weight: goodTensor });
    const damage = (bytes: Uint8Array, changes: [number, number][]) => {
      const damaged = Buffer.from(bytes);
      for (const [at, value] of changes) damaged[at % damaged.length] = value;
      return damaged;
    };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
        (changes, end) => {
          const files = [
            damage(good, changes),
            good.subarray(0, end),
            // Inside an archive whose checksums fit, so that the damage reaches the pickle machine.
            checkpointOf(damage(data, changes), { 0: values(6) }),
          ];
          for (const file of files) {
            try {
              const checkpoint = open(file);
              for (const name of checkpoint.tensors.keys()) checkpoint.readTensorAsFloat32(name);
            } catch (error) {
              expect(error).toBeInstanceOf(AppError);
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
