import { availableParallelism } from 'node:os';
import { AppError } from '../../domain/errors.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import { loadNativeAddon, type NativeAddonResult } from './native-addon.js';
import { nativeScan } from './native-scan.js';
import { typescriptScan } from './typescript-scan.js';

export interface ScanKernelOptions {
  /** Only this kernel will do; otherwise VIDERE_SCAN decides, or the fastest there is. */
  kernel?: string | undefined;
  /** Threads one call may use, the calling one included; otherwise VIDERE_THREADS, or one a core. */
  threads?: number | undefined;
  native?: NativeAddonResult;
  environment?: NodeJS.ProcessEnv;
}

const kernelNames: readonly string[] = [
  'avx512',
  'avx2',
  'scalar',
  'typescript',
] satisfies BlockKernel['name'][];
const maxThreads = 256;

/**
 * The scan, and what goes with it, to use on this machine.
 * @throws AppError `invalid-input` for a name or thread count that means nothing, `missing-dependency` when the wanted
 * kernel cannot run here.
 */
export function loadScanKernel(options: ScanKernelOptions = {}): BlockKernel {
  const { native = loadNativeAddon(), environment = process.env } = options;
  const available = availableScanKernels({ ...options, native });
  const wanted = options.kernel ?? nonEmpty(environment.VIDERE_SCAN);
  if (wanted === undefined) return available[0]!;
  if (!kernelNames.includes(wanted)) {
    throw new AppError('invalid-input', `There is no scan kernel "${wanted}".`, {
      hint: `VIDERE_SCAN is one of ${kernelNames.join(', ')}.`,
      details: { actual: wanted, accepted: kernelNames },
    });
  }
  const found = available.find((kernel) => kernel.name === wanted);
  if (found) return found;
  throw new AppError('missing-dependency', `The scan kernel "${wanted}" cannot run on this machine.`, {
    hint:
      'missing' in native ? native.missing : `It can run ${available.map(({ name }) => name).join(', ')}.`,
    details: { actual: wanted, accepted: available.map(({ name }) => name) },
  });
}

/** Every kernel that runs on this machine, fastest first; the TypeScript one is always the last. */
export function availableScanKernels(options: ScanKernelOptions = {}): BlockKernel[] {
  const { native = loadNativeAddon(), environment = process.env } = options;
  const threads = threadCount(options.threads ?? nonEmpty(environment.VIDERE_THREADS));
  if ('missing' in native) return [typescriptScan];
  const { addon } = native;
  const levels = [...addon.selectiveScanLevels].reverse();
  return [...levels.map((level) => nativeScan(addon, level, threads)), typescriptScan];
}

function threadCount(wanted: number | string | undefined): number {
  if (wanted === undefined) return Math.min(availableParallelism(), maxThreads);
  const threads = Number(wanted);
  if (Number.isInteger(threads) && threads >= 1 && threads <= maxThreads) return threads;
  throw new AppError('invalid-input', `The scan cannot use ${JSON.stringify(wanted)} threads.`, {
    hint: `VIDERE_THREADS is a whole number from 1 to ${maxThreads}.`,
    details: { actual: wanted, accepted: [1, maxThreads] },
  });
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
