/**
 * `npm run test:crash -- [--runs N] [--seed S]`: the crash test at length, with a line every so many runs.
 * `npm run test:crash -- --exhaustive [--from N] [--to N]`: a kill at every write to the disk of one small ingest.
 * With `--json FILE`, the results go there, too. Ctrl-C ends either after the kill under way, and tells what was done.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { interruptSignal } from '../../src/cli/interrupt.js';
import { seededRandom } from '../support/seeded-random.js';
import { crashRuns } from './crash-runs.js';
import { hasStrace, killEverywhere } from './kill-everywhere.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '25' },
    seed: { type: 'string', default: String(Date.now()) },
    exhaustive: { type: 'boolean', default: false },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: 'Infinity' },
    json: { type: 'string' },
  },
});
if (values.exhaustive && !hasStrace()) {
  process.stderr.write(
    'strace is not installed; kills at system calls need it. On Debian: apt-get install strace\n',
  );
  process.exit(69);
}
const signal = interruptSignal();
const begin = Date.now();
let told = 0;
/** Says a violation once, and now and then how far it is. */
const tell = (done: number, violations: readonly string[]) => {
  for (const line of violations.slice(told)) process.stdout.write(`${line}\n`);
  told = violations.length;
  if (done % 25 !== 0) return;
  const seconds = Math.round((Date.now() - begin) / 1000);
  process.stdout.write(`${done} kills, ${violations.length} violations, ${seconds} s\n`);
};

const { results, violations } = values.exhaustive ? await exhaustive() : await random();
for (const line of violations.slice(told)) process.stdout.write(`${line}\n`);
const report = {
  results: { ...results, 'crash.seconds': Math.round((Date.now() - begin) / 1000) },
  violations,
};
process.stdout.write(`${JSON.stringify({ results: report.results })}\n`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

async function random() {
  process.stdout.write(`${values.runs} runs, seed ${values.seed}\n`);
  const report = await crashRuns(
    Number(values.runs),
    seededRandom(Number(values.seed)),
    (run, violations) => tell(run + 1, violations),
    signal,
  );
  const { runs, drained, acknowledged, killedDuring, violations } = report;
  const during = Object.entries(killedDuring).map(
    ([activity, kills]) => [`crash.killed_during.${activity.replace(' ', '_')}`, kills] as const,
  );
  const results = {
    'crash.runs': runs,
    'crash.violations': violations.length,
    'crash.acknowledged': acknowledged,
    'crash.drained': drained,
    'crash.seed': Number(values.seed),
    ...Object.fromEntries(during),
  };
  return { results, violations };
}

async function exhaustive() {
  const bounds = { from: Number(values.from), to: Number(values.to) };
  const report = await killEverywhere(
    bounds,
    (counts) => {
      const told = counts.map(({ thread, call, count }) => `${count} ${call} (${thread})`);
      process.stdout.write(`${told.join(', ')}\n`);
    },
    tell,
    signal,
  );
  const results = {
    'crash.exhaustive.instants': report.instants,
    'crash.exhaustive.kills': report.kills,
    'crash.exhaustive.violations': report.violations.length,
  };
  return { results, violations: report.violations };
}
