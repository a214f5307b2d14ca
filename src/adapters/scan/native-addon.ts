import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { OperandInput, OperandOutput, OperandShape } from '../../model/scan-operands.js';
import type { ScanInput, ScanShape } from '../../model/selective-scan.js';

export type NativeScanLevel = 'avx512' | 'avx2' | 'scalar';

/** What `kernels/node/addon.cpp` exports. */
export interface NativeScanAddon {
  /** What this processor can run, slowest first. */
  readonly selectiveScanLevels: readonly NativeScanLevel[];
  /** `BlockKernel.int8DotProduct` */
  readonly int8DotProduct: boolean;
  selectiveScan(
    level: NativeScanLevel,
    threads: number,
    shape: ScanShape,
    input: ScanInput,
    out: Float32Array,
  ): void;
  makeScanOperands(
    level: NativeScanLevel,
    threads: number,
    shape: OperandShape,
    input: OperandInput,
    output: OperandOutput,
  ): void;
}

export type NativeAddonResult = { addon: NativeScanAddon } | { missing: string };

/** The same place seen from src/ and from dist/. */
const addonPath = fileURLToPath(new URL('../../../build/native/videre_scan.node', import.meta.url));

/** The addon that `npm run build:native` made, or a sentence saying why there is none. */
export function loadNativeAddon(path: string = addonPath): NativeAddonResult {
  if (!existsSync(path)) return { missing: 'The native scan is not built (npm run build:native builds it).' };
  try {
    return { addon: createRequire(import.meta.url)(path) as NativeScanAddon };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      missing: `The native scan does not load: ${reason} (delete ${path} and run npm run build:native).`,
    };
  }
}
