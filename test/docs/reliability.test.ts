import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from '../faults/catalogue.js';
import { readRecord, reliabilityPage } from '../faults/reliability-page.js';
import { expectCommitted } from '../support/committed-text.js';

it('docs/reliability.md has every row of the catalogue of faults', async () => {
  await expectCommitted('docs/reliability.md', reliabilityPage(readRecord()));
});

it('every row has a test that is there, or a sentence why not', () => {
  expect(catalogue.map(({ row }) => row)).toEqual(Array.from({ length: catalogue.length }, (_, i) => i + 1));
  for (const { row, tests, reason } of catalogue) {
    expect(tests.length > 0 || reason !== undefined, `row ${row}`).toBe(true);
    for (const [file] of tests) expect(existsSync(file), `row ${row}: ${file}`).toBe(true);
  }
});
