import { describe, expect, it } from 'vitest';
import { randomOperands } from '../../../test/support/random-operands.js';
import { randomScan, relativeError } from '../../../test/support/random-scan.js';
import type { BlockKernel, OperandInput, OperandOutput, OperandShape } from '../../model/scan-operands.js';
import type { ScanDirection, ScanShape } from '../../model/selective-scan.js';
import { availableScanKernels } from './load-scan-kernel.js';
import { loadNativeAddon } from './native-addon.js';
import { typescriptScan } from './typescript-scan.js';

function emptyOutput({ batch, length, channels, projected }: OperandShape): OperandOutput {
  const direction = () => ({
    u: new Float32Array(batch * length * channels).fill(Number.NaN),
    projected: new Float32Array(batch * length * projected).fill(Number.NaN),
  });
  return { forward: direction(), backward: direction() };
}

function make(kernel: BlockKernel, shape: OperandShape, input: OperandInput): OperandOutput {
  const output = emptyOutput(shape);
  kernel.makeOperands(shape, input, output);
  return output;
}

/** Values of both directions, reference first, by name. */
function pairs(actual: OperandOutput, expected: OperandOutput): [string, Float32Array, Float32Array][] {
  return (['forward', 'backward'] as const).flatMap((direction) =>
    (['u', 'projected'] as const).map((name): [string, Float32Array, Float32Array] => [
      `${direction}.${name}`,
      actual[direction][name],
      expected[direction][name],
    ]),
  );
}

const cases: { title: string; shape: OperandShape; gap?: number }[] = [
  {
    title: 'whole vectors and tiles',
    shape: { batch: 1, length: 120, channels: 64, taps: 4, projected: 80 },
  },
  {
    title: 'a rest everywhere, two batch rows',
    shape: { batch: 2, length: 67, channels: 45, taps: 4, projected: 44 },
    gap: 45,
  },
  { title: 'sizes of VideoMamba-M', shape: { batch: 1, length: 61, channels: 1152, taps: 4, projected: 68 } },
  { title: 'many projected values', shape: { batch: 1, length: 9, channels: 33, taps: 4, projected: 150 } },
  { title: 'one tap', shape: { batch: 2, length: 7, channels: 19, taps: 1, projected: 3 }, gap: 2 },
  { title: 'more taps than tokens', shape: { batch: 2, length: 3, channels: 20, taps: 6, projected: 17 } },
  { title: 'one of everything', shape: { batch: 1, length: 1, channels: 1, taps: 1, projected: 1 } },
];

describe.each(availableScanKernels())("$name kernel, the scan's operands", (kernel) => {
  it.each(cases)('agree with the reference: $title', ({ shape, gap }) => {
    const input = randomOperands(shape, gap);
    for (const [name, actual, expected] of pairs(
      make(kernel, shape, input),
      make(typescriptScan, shape, input),
    )) {
      expect(relativeError(actual, expected), name).toBeLessThan(3e-6);
    }
  });

  it('are those of the reversed sequence, reversed, in the backward direction', () => {
    const shape: OperandShape = { batch: 1, length: 70, channels: 24, taps: 4, projected: 20 };
    const input = randomOperands(shape);
    const mirrored: OperandInput = {
      x: reversedRows(input.x, shape.channels),
      xStride: shape.channels,
      forward: input.backward,
      backward: input.forward,
    };
    const { forward, backward } = make(kernel, shape, input);
    const other = make(kernel, shape, mirrored);
    expect(relativeError(reversedRows(other.backward.u, shape.channels), forward.u)).toBeLessThan(1e-6);
    expect(
      relativeError(reversedRows(other.forward.projected, shape.projected), backward.projected),
    ).toBeLessThan(1e-6);
  });

  it('keep NaN to the tokens that see it and to its batch row', () => {
    const shape: OperandShape = { batch: 2, length: 20, channels: 35, taps: 4, projected: 8 };
    const input = randomOperands(shape);
    input.x[(20 + 10) * 35 + 3] = Number.NaN;
    const { forward, backward } = make(kernel, shape, input);
    const broken = (u: Float32Array) => [...u.keys()].filter((i) => Number.isNaN(u[i]));
    expect(broken(forward.u)).toEqual([30, 31, 32, 33].map((row) => row * 35 + 3));
    expect(broken(backward.u)).toEqual([27, 28, 29, 30].map((row) => row * 35 + 3));
  });

  it.each([
    { batch: 1, length: 70, channels: 40, states: 16, rank: 12 },
    { batch: 2, length: 33, channels: 37, states: 5, rank: 3 },
    { batch: 1, length: 32, channels: 450, states: 16, rank: 36 },
  ])('a low-rank delta scans like its product: E $channels, R $rank', ({ rank, ...shape }) => {
    const whole = randomScan(shape, { gap: rank, delta: [-3, 0] });
    const low = randomScan(shape, { gap: rank, delta: [-3, 0] });
    for (const direction of [low.forward!, low.backward!]) projectDelta(direction, shape, rank);
    for (const name of ['forward', 'backward'] as const) whole[name]!.delta = product(low[name]!, shape);
    const run = (used: BlockKernel, input: typeof whole) => {
      const out = new Float32Array(shape.batch * shape.length * shape.channels);
      used.run(shape, input, out);
      return out;
    };
    expect(relativeError(run(kernel, low), run(typescriptScan, whole))).toBeLessThan(1e-5);
  });
});

/** Gives a direction random low-rank values in place of its delta. */
function projectDelta(direction: ScanDirection, shape: ScanShape, rank: number): void {
  const rows = shape.batch * shape.length;
  const { x, forward } = randomOperands({ ...shape, batch: 1, length: rows, taps: 1, projected: rank });
  // Rows of `bcStride` values, of which the first `rank` count.
  direction.delta = new Float32Array((rows - 1) * direction.bcStride + rank).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    for (let r = 0; r < rank; r++) direction.delta[row * direction.bcStride + r] = x[row * rank + r]!;
  }
  direction.deltaRank = rank;
  direction.deltaProjection = forward.projection.slice(0, rank * shape.channels);
}

function product(direction: ScanDirection, { batch, length, channels }: ScanShape): Float32Array {
  const { delta, deltaProjection, deltaRank, bcStride } = direction;
  return Float32Array.from({ length: batch * length * channels }, (_, at) => {
    const row = Math.floor(at / channels);
    let sum = 0;
    for (let r = 0; r < deltaRank!; r++) {
      sum += delta[row * bcStride + r]! * deltaProjection![r * channels + (at % channels)]!;
    }
    return sum;
  });
}

function reversedRows(values: Float32Array, width: number): Float32Array {
  const rows = values.length / width;
  return Float32Array.from(
    values,
    (_, at) => values[(rows - 1 - Math.floor(at / width)) * width + (at % width)]!,
  );
}

describe("the scan's operands", () => {
  const shape: OperandShape = { batch: 2, length: 5, channels: 6, taps: 4, projected: 7 };

  it('name what is too short, and outputs that overlap', () => {
    const call = (input: Partial<OperandInput>, output: Partial<OperandOutput> = {}) => {
      typescriptScan.makeOperands(
        shape,
        { ...randomOperands(shape), ...input },
        { ...emptyOutput(shape), ...output },
      );
    };
    expect(() => call({})).not.toThrow();
    expect(() => call({ x: new Float32Array(59) })).toThrow('x must be 60 floats or more, not 59');
    expect(() => call({ xStride: 5 })).toThrow('xStride must be a whole number of at least 6');
    const { forward } = randomOperands(shape);
    for (const operand of ['taps', 'bias', 'projection'] as const) {
      expect(() => call({ backward: { ...forward, [operand]: forward[operand].subarray(1) } })).toThrow(
        `backward.${operand} must be`,
      );
    }
    const { u } = emptyOutput(shape).forward;
    const shared = { u, projected: u.subarray(0) };
    expect(() => call({}, { forward: shared })).toThrow('apart from forward.projected');
  });

  const native = loadNativeAddon();
  it.skipIf('missing' in native)('are not read or written out of bounds by the addon itself', () => {
    if ('missing' in native) return;
    const input = randomOperands(shape);
    const call = (changed: object, output: object = emptyOutput(shape), changedShape = {}) =>
      native.addon.makeScanOperands(
        'scalar',
        1,
        { ...shape, ...changedShape },
        { ...input, ...changed },
        output as OperandOutput,
      );
    const naming = (operand: string) => expect.objectContaining({ op: 'makeScanOperands', operand });
    expect(() => call({})).not.toThrow();
    expect(() => call({ x: input.x.subarray(1) })).toThrow(naming('x'));
    expect(() => call({ xStride: 2 ** 31 })).toThrow(naming('x'));
    expect(() => call({}, undefined, { taps: 5 })).toThrow(naming('forward.taps'));
    expect(() => call({}, undefined, { length: 2 ** 31 })).toThrow(TypeError);
    for (const operand of ['taps', 'bias', 'projection'] as const) {
      const backward = { ...input.backward, [operand]: input.backward[operand].subarray(1) };
      expect(() => call({ backward })).toThrow(naming(`backward.${operand}`));
    }
    for (const name of ['u', 'projected'] as const) {
      const output = emptyOutput(shape);
      output.backward[name] = output.backward[name].subarray(1);
      expect(() => call({}, output)).toThrow(naming(`backward.${name}`));
    }
  });

  const several = (threads: number) =>
    availableScanKernels({ threads }).filter(({ name }) => name !== 'typescript');
  it.each(several(1))('$name: any number of threads gives the same bits', (kernel) => {
    const wide: OperandShape = { batch: 2, length: 150, channels: 70, taps: 4, projected: 44 };
    const input = randomOperands(wide);
    const expected = make(kernel, wide, input);
    for (const threads of [2, 3, 40]) {
      const other = several(threads).find(({ name }) => name === kernel.name)!;
      expect(make(other, wide, input)).toEqual(expected);
    }
  });
});
