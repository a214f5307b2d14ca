import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type RandomScanOptions, randomScan, relativeError } from '../../../test/support/random-scan.js';
import { CaseTensors, casePrefixes } from '../../app/conformance/case-tensors.js';
import { runScanCase } from '../../app/conformance/scan-cases.js';
import { SafetensorsFile } from '../../model/safetensors.js';
import type { ScanInput, ScanShape, SelectiveScanKernel } from '../../model/selective-scan.js';
import { availableScanKernels } from './load-scan-kernel.js';
import { loadNativeAddon } from './native-addon.js';
import { typescriptScan } from './typescript-scan.js';

const golden = '../shared/golden/selective-scan.safetensors';

function run(kernel: SelectiveScanKernel, shape: ScanShape, input: ScanInput): Float32Array {
  const out = new Float32Array(shape.batch * shape.length * shape.channels).fill(Number.NaN);
  kernel.run(shape, input, out);
  return out;
}

const cases: { title: string; shape: ScanShape; options?: RandomScanOptions }[] = [
  { title: 'whole vectors, N = 16', shape: { batch: 1, length: 100, channels: 64, states: 16 } },
  {
    title: 'more channels than one task, two batch rows',
    shape: { batch: 2, length: 40, channels: 416, states: 16 },
  },
  {
    title: 'odd channels and gaps between rows',
    shape: { batch: 2, length: 70, channels: 37, states: 16 },
    options: { gap: 3 },
  },
  { title: 'N = 8', shape: { batch: 1, length: 33, channels: 48, states: 8 } },
  { title: 'N = 5', shape: { batch: 1, length: 65, channels: 19, states: 5 }, options: { gap: 1 } },
  { title: 'N = 37', shape: { batch: 1, length: 32, channels: 20, states: 37 } },
  { title: 'one token', shape: { batch: 3, length: 1, channels: 33, states: 16 } },
  { title: 'one of everything', shape: { batch: 1, length: 1, channels: 1, states: 1 } },
  {
    title: 'no gate',
    shape: { batch: 1, length: 50, channels: 40, states: 16 },
    options: { gate: false },
  },
  {
    title: 'forward only',
    shape: { batch: 1, length: 50, channels: 40, states: 16 },
    options: { directions: 'forward' },
  },
  {
    title: 'backward only',
    shape: { batch: 1, length: 50, channels: 40, states: 16 },
    options: { directions: 'backward', gate: false },
  },
  {
    title: 'slow decay over many tokens',
    shape: { batch: 1, length: 1500, channels: 16, states: 16 },
    options: { delta: [-12, -6] },
  },
  {
    title: 'decays that underflow',
    shape: { batch: 1, length: 60, channels: 40, states: 16 },
    options: { delta: [-40, 60] },
  },
  {
    title: 'deltas beyond the range of exp',
    shape: { batch: 1, length: 60, channels: 40, states: 16 },
    options: { delta: [-200, 200] },
  },
];

describe.each(availableScanKernels())('$name scan', (kernel) => {
  it.each(cases)('agrees with the reference: $title', ({ shape, options }) => {
    const input = randomScan(shape, options);
    expect(relativeError(run(kernel, shape, input), run(typescriptScan, shape, input))).toBeLessThan(1e-5);
  });

  it('gives the closed form of an impulse', () => {
    const shape: ScanShape = { batch: 1, length: 90, channels: 21, states: 16 };
    const { forward } = randomScan(shape, { directions: 'forward', gate: false });
    const at = 7;
    const { length, channels, states } = shape;
    forward!.u.fill(0).fill(1, at * channels, (at + 1) * channels);
    const y = run(kernel, shape, { forward: forward! });
    for (const channel of [0, 13, 20]) {
      const delta = (t: number) =>
        Math.log1p(Math.exp(forward!.delta[t * channels + channel]! + forward!.deltaBias[channel]!));
      let since = 0;
      for (let t = 0; t < length; t++) {
        if (t > at) since += delta(t);
        let expected = t === at ? forward!.D[channel]! : 0;
        for (let n = 0; n < states && t >= at; n++) {
          const kept = Math.exp(since * forward!.A[channel * states + n]!);
          expected += forward!.C[t * states + n]! * kept * delta(at) * forward!.B[at * states + n]!;
        }
        expect(y[t * channels + channel]).toBeCloseTo(expected, 5);
      }
    }
  });

  it('keeps the small softplus of a very negative delta, and a state that does not decay', () => {
    const shape: ScanShape = { batch: 1, length: 1000, channels: 1, states: 1 };
    const constant = (count: number, value: number) => new Float32Array(count).fill(value);
    const forward = {
      u: constant(1000, 1),
      delta: constant(1000, -20),
      A: constant(1, -1),
      B: constant(1000, 1),
      C: constant(1000, 1),
      bcStride: 1,
      D: constant(1, 0),
      deltaBias: constant(1, 0),
    };
    // h = delta * t, with delta = log1p(exp(-20)) = 2.06e-9 and decays of 1 - 2e-9.
    const y = run(kernel, shape, { forward });
    expect(y[999]! / (1000 * Math.log1p(Math.exp(-20)))).toBeCloseTo(1, 4);
  });

  it('passes NaN on and does not let it spread to other channels or batch rows', () => {
    const shape: ScanShape = { batch: 2, length: 20, channels: 35, states: 16 };
    const input = randomScan(shape, { directions: 'forward' });
    input.forward!.delta[5 * 35 + 3] = Number.NaN;
    const y = run(kernel, shape, input);
    const broken = Array.from(y.keys()).filter((i) => Number.isNaN(y[i]));
    expect(broken).toEqual(Array.from({ length: 15 }, (_, i) => (5 + i) * 35 + 3));
  });

  it.skipIf(!existsSync(golden))(
    `reproduces the reference implementation${existsSync(golden) ? '' : ' (skipped: ../shared/golden is not there)'}`,
    () => {
      const file = SafetensorsFile.open(golden);
      for (const prefix of casePrefixes(file)) {
        for (const comparison of runScanCase(prefix, new CaseTensors(file, prefix), kernel)) {
          expect(comparison).toMatchObject({ error: expect.closeTo(0, 4) });
        }
      }
    },
  );
});

describe('the addon by itself', () => {
  const native = loadNativeAddon();
  it.skipIf('missing' in native)('refuses what would make it read or write out of bounds', () => {
    if ('missing' in native) return;
    const shape: ScanShape = { batch: 2, length: 3, channels: 5, states: 4 };
    const input = randomScan(shape);
    const call = (changed: object, out = 30, changedShape = {}) => {
      native.addon.selectiveScan(
        'scalar',
        1,
        { ...shape, ...changedShape },
        { ...input, ...changed },
        new Float32Array(out),
      );
    };
    expect(() => call({})).not.toThrow();
    expect(() => call({}, 29)).toThrow(
      expect.objectContaining({ operand: 'out', expected: '30 floats or more' }),
    );
    expect(() => call({ z: input.z!.subarray(1) })).toThrow(expect.objectContaining({ operand: 'z' }));
    expect(() => call({ zStride: 4 })).toThrow(expect.objectContaining({ operand: 'zStride' }));
    expect(() => call({ zStride: 2 ** 31 })).toThrow(expect.objectContaining({ operand: 'z' }));
    expect(() => call({}, 30, { length: 2 ** 31 })).toThrow(TypeError);
    for (const operand of ['u', 'delta', 'A', 'B', 'C', 'D', 'deltaBias'] as const) {
      const backward = { ...input.backward!, [operand]: input.backward![operand].subarray(1) };
      expect(() => call({ backward })).toThrow(
        expect.objectContaining({
          op: 'selectiveScan',
          operand: `backward.${operand}`,
          shape: 'B=2 L=3 E=5 N=4',
        }),
      );
    }
  });
});

describe('threads', () => {
  const shape: ScanShape = { batch: 2, length: 64, channels: 450, states: 16 };
  const input = randomScan(shape, { delta: [-10, 30] });
  const native = (threads: number) =>
    availableScanKernels({ threads }).filter((k) => k.name !== 'typescript');

  it.each(native(1))('$name: any number of threads gives the same bits', (kernel) => {
    const expected = run(kernel, shape, input);
    for (const threads of [2, 3, 7, 40]) {
      const other = native(threads).find(({ name }) => name === kernel.name)!;
      expect(run(other, shape, input)).toEqual(expected);
    }
  });

  it.skipIf(native(1).length === 0)('several workers may call at once and end at any time', async () => {
    const expected = run(native(1)[0]!, shape, input);
    const results = await Promise.all(Array.from({ length: 4 }, () => runInWorker(shape, input)));
    for (const result of results) expect(result).toEqual(expected);
    expect(run(native(4)[0]!, shape, input)).toEqual(expected);
  });
});

/** The addon itself, loaded by a worker, ten times over. */
function runInWorker(shape: ScanShape, input: ScanInput): Promise<Float32Array> {
  const addon = new URL('../../../build/native/videre_scan.node', import.meta.url);
  const source = `
    const { workerData, parentPort } = require('node:worker_threads');
    const { fileURLToPath } = require('node:url');
    const addon = require(fileURLToPath(workerData.addon));
    const { shape, input } = workerData;
    const out = new Float32Array(shape.batch * shape.length * shape.channels);
    for (let i = 0; i < 10; i++) addon.selectiveScan(addon.selectiveScanLevels.at(-1), 4, shape, input, out);
    parentPort.postMessage(out);`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, { eval: true, workerData: { addon: addon.href, shape, input } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
