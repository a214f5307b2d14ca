/** `npm run test:crash -- [--runs N] [--seed S]`: the crash test at length, with a line every so many runs. */
import { parseArgs } from 'node:util';
import { seededRandom } from '../support/seeded-random.js';
import { crashRuns } from './crash-runs.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '25' }, seed: { type: 'string', default: String(Date.now()) } },
});
const begin = Date.now();
process.stdout.write(`${values.runs} runs, seed ${values.seed}\n`);
let told = 0;
const report = await crashRuns(Number(values.runs), seededRandom(Number(values.seed)), (run, violations) => {
  for (const line of violations.slice(told)) process.stdout.write(`${line}\n`);
  told = violations.length;
  if ((run + 1) % 25 === 0) {
    process.stdout.write(
      `${run + 1} kills, ${violations.length} violations, ${Math.round((Date.now() - begin) / 1000)} s\n`,
    );
  }
});
for (const line of report.violations.slice(told)) process.stdout.write(`${line}\n`);
const { runs, acknowledged, violations } = report;
const results = {
  'crash.runs': runs,
  'crash.acknowledged': acknowledged,
  'crash.violations': violations.length,
};
process.stdout.write(`${JSON.stringify({ results })}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
