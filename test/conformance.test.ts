import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../src/app/conformance/comparison.js';
import { runConformance } from '../src/app/run-conformance.js';
import { conformanceSubject } from '../src/composition/conformance-subject.js';

const golden = '../shared/golden';
const isThere = existsSync(golden);

async function compared(folder: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for await (const comparison of runConformance(folder, conformanceSubject())) comparisons.push(comparison);
  return comparisons;
}

describe.skipIf(!isThere)(
  `conformance with ${golden}${isThere ? '' : ' (skipped: the folder is not there)'}`,
  () => {
    it('computes every tensor of every case as the reference does', async () => {
      const comparisons = await compared(golden);
      expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
      expect(new Set(comparisons.map(({ case: name }) => name.split(' ')[0]))).toEqual(
        new Set([
          'classify-tubelet2',
          'resize',
          'retrieval-interpolated',
          'retrieval-mini',
          'selective-scan',
        ]),
      );
    });

    it('fails a case whose weights are another model’s', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'videre-conformance-'));
      const copy = (from: string, to: string) => cp(join(golden, from), join(folder, to));
      await copy('retrieval-mini.pth', 'swapped.pth');
      await copy('retrieval-mini.json', 'swapped.json');
      await copy('retrieval-interpolated.expected.safetensors', 'swapped.expected.safetensors');
      await writeFile(join(folder, 'alone.pth'), 'PK');
      const comparisons = await compared(folder);
      await rm(folder, { recursive: true });
      expect(comparisons.map(({ case: name, passed }) => [name, passed])).toEqual([
        ['alone', false],
        ['swapped', false],
      ]);
    });
  },
);

it('finds nothing to run in an empty folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'videre-conformance-'));
  await expect(compared(folder)).rejects.toMatchObject({ code: 'file-not-found' });
  await rm(folder, { recursive: true });
});
