import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { keptReportPage, keptReports, reportName } from './kept-reports.js';

async function keep(folder: string, name: string, report: unknown): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(
    join(folder, name, 'report.json'),
    typeof report === 'string' ? report : JSON.stringify(report),
  );
  await writeFile(join(folder, name, 'report.html'), `page of ${name}`);
}

const report = (createdAt: string, r1: number) => ({
  dataset: 'playground',
  createdAt,
  partial: false,
  model: { name: 'm' },
  texts: [{}, {}],
  rows: [{ t2v: { metrics: { r1 } } }, { t2v: { metrics: { r1: 1 } } }],
});

it('lists reports newest first and passes over what is none', async () => {
  const folder = await temporaryFolder();
  await keep(folder, 'old', report('2026-01-01T00:00:00.000Z', 40));
  await keep(folder, 'new', report('2026-02-01T00:00:00.000Z', 50));
  await keep(folder, 'torn', '{"dataset": "pl');
  await keep(folder, 'other', { something: 'else' });
  const found = await keptReports(folder);
  expect(
    found.map(({ name, textToVideoRecallAt1, videoToTextRecallAt1, texts }) => [
      name,
      textToVideoRecallAt1,
      videoToTextRecallAt1,
      texts,
    ]),
  ).toEqual([
    ['new', 50, null, 2],
    ['old', 40, null, 2],
  ]);
  expect(await keptReports(join(folder, 'not-there'))).toEqual([]);
});

it('gives the page of a report it lists, and nothing outside its folder', async () => {
  const folder = await temporaryFolder();
  await keep(folder, 'one', report('2026-01-01T00:00:00.000Z', 40));
  expect(await keptReportPage(folder, 'one')).toBe('page of one');
  for (const name of ['two', '..', '../one', 'one/..', '']) {
    await expect(keptReportPage(join(folder), name)).rejects.toMatchObject({ code: 'not-found' });
  }
});

it('names a report by what was measured and when', () => {
  expect(reportName('msrvtt-1ka', new Date(Date.UTC(2026, 10, 24, 7, 5, 9)))).toBe(
    'msrvtt-1ka-20261124-070509',
  );
});
