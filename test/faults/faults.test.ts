import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { Campaign, Outcome } from './campaign.js';
import { databaseFlips } from './database-flips.js';
import { indexFiles } from './index-files.js';
import { Progress } from './progress.js';

/** The first cases of a campaign, here, without a process to watch. */
async function firstCases({ open }: Campaign, count: number): Promise<Outcome[]> {
  const campaign = await open();
  const outcomes: Outcome[] = [];
  try {
    for (let number = 1; number <= count; number++) outcomes.push(await campaign.run(number));
  } finally {
    expect(await campaign.close()).toEqual([]);
  }
  return outcomes;
}

const violations = (outcomes: readonly Outcome[]) => outcomes.flatMap(({ violation = [] }) => violation);

it('reads no index file that is not the one it saved, and answers from the database', async () => {
  const outcomes = await firstCases(indexFiles, 20);
  expect(violations(outcomes)).toEqual([]);
  expect(new Set(outcomes.map(({ kind }) => kind)).size).toBeGreaterThan(5);
});

it('lets no flipped bit of a database become an answer', async () => {
  const outcomes = await firstCases(databaseFlips, 8);
  expect(violations(outcomes)).toEqual([]);
  expect(outcomes.map(({ kind }) => kind)).toContain('file: found');
});

it('goes on where it was broken off, and passes over what ended the process', async () => {
  const path = join(await temporaryFolder(), 'progress.json');
  const first = Progress.open(path, 10, 14);
  for (const number of [10, 11, 12]) first.begin(number);
  first.finish(11, { kind: 'well' });
  first.finish(10, { kind: 'well' });
  first.skipUnderWay('hung');
  const again = Progress.open(path, 10, 14);
  expect(again.next).toBe(13);
  expect(again.done).toMatchObject({ outcomes: { well: 2, hung: 1 }, violations: ['case 12: hung'] });
  again.finish(13, { kind: 'well' });
  again.close(['left over: a file'], { slowestSeconds: 2 });
  expect(again.next).toBe(again.end);
  expect(Progress.open(path, 10, 14).done).toMatchObject({
    violations: ['case 12: hung', 'left over: a file'],
    figures: { slowestSeconds: 2 },
  });
});
