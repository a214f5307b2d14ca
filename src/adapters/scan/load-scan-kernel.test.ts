import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableScanKernels, loadScanKernel, type ScanKernelOptions } from './load-scan-kernel.js';
import { loadNativeAddon, type NativeAddonResult } from './native-addon.js';

const notBuilt: NativeAddonResult = { missing: 'The native scan is not built.' };
const twoLevels: NativeAddonResult = {
  addon: {
    selectiveScanLevels: ['scalar', 'avx2'],
    int8DotProduct: false,
    selectiveScan: () => {},
    makeScanOperands: () => {},
  },
};
const load = (options: ScanKernelOptions) => loadScanKernel({ environment: {}, ...options });

describe('loadScanKernel', () => {
  it('takes the fastest there is', () => {
    expect(load({ native: twoLevels }).name).toBe('avx2');
    expect(load({ native: notBuilt }).name).toBe('typescript');
    expect(availableScanKernels({ native: twoLevels }).map(({ name }) => name)).toEqual([
      'avx2',
      'scalar',
      'typescript',
    ]);
  });

  it('obeys VIDERE_SCAN, and an option before it', () => {
    const environment = { VIDERE_SCAN: 'scalar' };
    expect(load({ native: twoLevels, environment }).name).toBe('scalar');
    expect(load({ native: twoLevels, environment, kernel: 'typescript' }).name).toBe('typescript');
    expect(load({ native: twoLevels, environment: { VIDERE_SCAN: '' } }).name).toBe('avx2');
  });

  it('says what it can do when asked for what it cannot', () => {
    expect(() => load({ native: twoLevels, kernel: 'avx512' })).toThrow(
      expect.objectContaining({
        code: 'missing-dependency',
        hint: expect.stringContaining('avx2, scalar, typescript'),
      }),
    );
    expect(() => load({ native: notBuilt, kernel: 'avx2' })).toThrow(
      expect.objectContaining({ code: 'missing-dependency', hint: 'The native scan is not built.' }),
    );
    expect(() => load({ native: twoLevels, kernel: 'neon' })).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        hint: expect.stringContaining('avx512, avx2, scalar, typescript'),
      }),
    );
  });

  it.each(['0', '-2', '1.5', 'many', '257'])('refuses VIDERE_THREADS=%s', (threads) => {
    expect(() => load({ native: twoLevels, environment: { VIDERE_THREADS: threads } })).toThrow(
      expect.objectContaining({ code: 'invalid-input', message: expect.stringContaining(`"${threads}"`) }),
    );
  });

  it('falls back when the addon file is damaged, and says why', () => {
    const folder = mkdtempSync(join(tmpdir(), 'videre-scan-'));
    const path = join(folder, 'videre_scan.node');
    writeFileSync(path, 'not a shared library');
    const native = loadNativeAddon(path);
    rmSync(folder, { recursive: true });
    expect(native).toMatchObject({ missing: expect.stringContaining('does not load') });
    expect(load({ native }).name).toBe('typescript');
  });
});
