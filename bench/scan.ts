import { availableScanKernels, loadScanKernel } from '../src/adapters/scan/load-scan-kernel.js';
import { typescriptScan } from '../src/adapters/scan/typescript-scan.js';
import type {
  ScanDirection,
  ScanInput,
  ScanShape,
  SelectiveScanKernel,
} from '../src/model/selective-scan.js';
import { randomScan, relativeError } from '../test/support/random-scan.js';
import { median } from './median.js';
import { compileBaseline, runBaseline } from './scan/baseline.js';
import { prepareLinearAttention } from './scan/linear-attention.js';

/** A clip of 8 frames at 224 px through a block of VideoMamba-M; the baseline has this shape built in. */
const shape: ScanShape = { batch: 1, length: 1568, channels: 1152, states: 16 };
const stateUpdates = shape.length * shape.channels * shape.states;
const rounds = 10;
/** The baseline program reports the best of 8; so do we. */
const repetitions = 8;
const linearAttentionRepetitions = 2;

/**
 * Our scan beside the plain vector loop and ONNX Runtime's LinearAttention, in one run. The work held against theirs is
 * one direction without gate; ours includes the softplus, the baseline is handed delta after it. What a block of the
 * model calls, both directions and the gate, is reported beside it.
 */
export async function benchmarkScan(): Promise<Record<string, number>> {
  const block = randomScan(shape);
  const forward: ScanInput = { forward: block.forward! };
  const ours = loadScanKernel({ threads: 1 });

  const source = compileBaseline();
  const times = takeTurns(ours, loadScanKernel({ threads: 2 }), forward, block);
  report(`plain loop, 1 thread (median of ${rounds}; ${source})`, times.baseline);
  report(`ours (${ours.name}), 1 thread`, times.ours);
  report('plain loop, 2 threads', times.baselineOnTwo);
  report(`ours (${ours.name}), 2 threads`, times.oursOnTwo);
  report(`ours, both directions and gate, 1 thread`, times.block, 2 * stateUpdates);
  for (const kernel of availableScanKernels({ threads: 1 })) {
    if (kernel.name !== ours.name && kernel.name !== 'typescript') {
      report(`ours (${kernel.name}), 1 thread`, bestMs(kernel, forward));
    }
  }

  const linearAttentionMs = await timeLinearAttention(ours, block.forward!);
  report("ONNX Runtime's LinearAttention, 1 thread", linearAttentionMs);

  const start = performance.now();
  const expected = run(typescriptScan, block);
  report('TypeScript, both directions and gate', performance.now() - start, 2 * stateUpdates);
  const error = relativeError(run(ours, block), expected);
  process.stdout.write(`largest error against float64: ${error.toExponential(1)} of the largest |y|\n`);

  return {
    'scan.over_baseline': times.baseline / times.ours,
    'scan.over_baseline_two_threads': times.baselineOnTwo / times.oursOnTwo,
    'scan.over_linear_attention': linearAttentionMs / times.ours,
    'scan.relative_error': error,
    'scan.giga_state_updates_per_second': stateUpdates / times.ours / 1e6,
    'scan.block_ms': times.block,
  };
}

/** Baseline and ours by turns, so that what else the machine does falls on both: the median of the rounds. */
function takeTurns(
  one: SelectiveScanKernel,
  two: SelectiveScanKernel,
  forward: ScanInput,
  block: ScanInput,
): Record<'baseline' | 'ours' | 'baselineOnTwo' | 'oursOnTwo' | 'block', number> {
  const turns = Array.from({ length: rounds }, () => {
    const { oneThreadMs, twoThreadsMs } = runBaseline();
    return {
      baseline: oneThreadMs,
      baselineOnTwo: twoThreadsMs,
      ours: bestMs(one, forward),
      oursOnTwo: bestMs(two, forward),
      block: bestMs(one, block),
    };
  });
  const medianOf = (name: keyof (typeof turns)[number]) => median(turns.map((turn) => turn[name]));
  return {
    baseline: medianOf('baseline'),
    ours: medianOf('ours'),
    baselineOnTwo: medianOf('baselineOnTwo'),
    oursOnTwo: medianOf('oursOnTwo'),
    block: medianOf('block'),
  };
}

/** @throws Error if it does not compute the same as ours: then its time would mean nothing. */
async function timeLinearAttention(ours: SelectiveScanKernel, direction: ScanDirection): Promise<number> {
  const runLinearAttention = await prepareLinearAttention(shape, direction);
  const withoutSkip = run(ours, { forward: { ...direction, D: new Float32Array(shape.channels) } });
  const error = relativeError(await runLinearAttention(), withoutSkip);
  if (!(error < 1e-4))
    throw new Error(`LinearAttention differs from the scan by ${error} of the largest |y|.`);
  const times: number[] = [];
  for (let i = 0; i < linearAttentionRepetitions; i++) {
    const start = performance.now();
    await runLinearAttention();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

function run(kernel: SelectiveScanKernel, input: ScanInput): Float32Array {
  const out = new Float32Array(shape.batch * shape.length * shape.channels);
  kernel.run(shape, input, out);
  return out;
}

function bestMs(kernel: SelectiveScanKernel, input: ScanInput): number {
  const out = new Float32Array(shape.batch * shape.length * shape.channels);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repetitions; i++) {
    const start = performance.now();
    kernel.run(shape, input, out);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function report(what: string, milliseconds: number, updates = stateUpdates): void {
  const rate = updates / milliseconds / 1e6;
  process.stdout.write(
    `${milliseconds.toFixed(2).padStart(9)} ms ${rate.toFixed(2).padStart(6)} G/s  ${what}\n`,
  );
}
