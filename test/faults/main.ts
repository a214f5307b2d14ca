/**
 * `npm run test:faults`: every row of the catalogue by its tests, and a sample of each campaign.
 *
 *   npm run test:faults -- rows                        only the rows; with --red those that were not green the last time
 *   npm run test:faults -- media --slice 3/10          a tenth of 10,000 mutated media files; goes on where it was broken off
 *   npm run test:faults -- index database --slice 1/1  all corrupted index files, then all bit flips of a database
 *
 *   npm run test:faults -- --record                    keeps what slices and rows have shown in bench/results/faults.json
 *
 * `--json` prints the results as one line of JSON, `--again` forgets what was done before.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CampaignName, campaigns, isCampaignName } from './campaigns.js';
import { Progress } from './progress.js';
import { recordFaults } from './record-faults.js';
import { runCampaign } from './run-campaign.js';
import { runRows } from './run-rows.js';

const KEPT_FOLDER = 'build/faults';
const TOLD_EVERY = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slice: { type: 'string' },
    json: { type: 'boolean' },
    again: { type: 'boolean' },
    red: { type: 'boolean' },
    record: { type: 'boolean' },
  },
});
const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);

const known = ['rows', ...Object.keys(campaigns)];
const unknown = positionals.find((name) => !known.includes(name));
if (unknown !== undefined) throw new Error(`There is no "${unknown}"; there are ${known.join(', ')}.`);
const chosen = positionals.length > 0 ? positionals : values.record ? [] : known;

const results: Record<string, number> = {};
let wrong = 0;
if (chosen.includes('rows')) {
  const rows = await runRows(say, values.red);
  results['faults.rows'] = rows.rows;
  results['faults.rows_green'] = rows.green;
  wrong += rows.red;
}
for (const name of chosen.filter(isCampaignName)) {
  const { done, figures, violations } = await sliceOf(name);
  results[`faults.${name}.cases`] = done;
  results[`faults.${name}.violations`] = violations;
  for (const [figure, value] of Object.entries(figures)) results[`faults.${name}.${figure}`] = value;
  wrong += violations;
}
if (values.record) recordFaults(KEPT_FOLDER);
if (values.json) process.stdout.write(`${JSON.stringify({ results })}\n`);
process.exitCode = wrong === 0 ? 0 : 1;

/** Without a slice a sample, which is not kept. */
async function sliceOf(name: CampaignName) {
  const { full, sample } = campaigns[name].cases;
  const [part, parts] = (values.slice ?? '').split('/').map(Number);
  const isSlice = part !== undefined && parts !== undefined;
  if (isSlice && !(part >= 1 && part <= parts))
    throw new Error(`--slice is K/N with K from 1 to N, not ${values.slice}.`);
  const [first, end] = isSlice
    ? [Math.floor((full * (part - 1)) / parts), Math.floor((full * part) / parts)]
    : [0, sample];
  const path = isSlice ? join(KEPT_FOLDER, `${name}-${part}-of-${parts}.json`) : undefined;
  if (path !== undefined && values.again) rmSync(path, { force: true });
  const progress = Progress.open(path, first, end);
  say(`${name}: cases ${progress.next} to ${end} of ${full}`);
  let told = 0;
  let toldAt = progress.next;
  await runCampaign(name, progress, () => {
    const { next, violations } = progress.done;
    for (const line of violations.slice(told)) say(`  ${line}`);
    told = violations.length;
    if (next - toldAt < TOLD_EVERY) return;
    toldAt = next;
    say(`  ${next - first} cases`);
  });
  const { outcomes, violations, figures } = progress.done;
  for (const line of violations.slice(told)) say(`  ${line}`);
  for (const [kind, count] of Object.entries(outcomes).sort(([, left], [, right]) => right - left)) {
    say(`  ${String(count).padStart(6)}  ${kind}`);
  }
  return { done: end - first, figures, violations: violations.length };
}
