/**
 * `npm run test:roles -- [--kills N] [--seed S] [--json FILE]`: two API replicas and two encoders on one PostgreSQL, one of
 * each killed at a random instant again and again, under load. Ctrl-C ends it after the round under way.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { interruptSignal } from '../../src/cli/interrupt.js';
import { installedPostgres } from '../support/installed-postgres.js';
import { seededRandom } from '../support/seeded-random.js';
import { roleRuns } from './role-runs.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now()) },
    json: { type: 'string' },
  },
});
const programs = installedPostgres();
if (programs === undefined) {
  process.stderr.write(
    'No PostgreSQL is installed. On Debian: apt-get install postgresql postgresql-15-pgvector\n',
  );
  process.exit(69);
}
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`${values.kills} kills of each role, seed ${values.seed}`);
const begin = Date.now();
const seconds = () => Math.round((Date.now() - begin) / 1000);
let told = 0;
const { violations, ...report } = await roleRuns(
  Number(values.kills),
  programs,
  seededRandom(Number(values.seed)),
  (round, violations, { videos, clips }) => {
    for (const line of violations.slice(told)) say(line);
    told = violations.length;
    say(`${round} kills, ${violations.length} violations; ${videos} videos, ${clips} clips; ${seconds()} s`);
  },
  interruptSignal(),
);
for (const line of violations.slice(told)) say(line);
const results = {
  'scale.kills': report.kills,
  'scale.kills_with_work_under_way': report.killsWithWork,
  'scale.violations': violations.length,
  'scale.searches': report.searches,
  'scale.searches_retried': report.searchesRetried,
  'scale.searches_failed_after_retry': report.searchesFailed,
  'scale.uploads': report.uploads,
  'scale.uploads_retried': report.uploadsRetried,
  'scale.uploads_unanswered': report.uploadsUnanswered,
  'scale.deletes': report.deletes,
  'scale.jobs_taken_over': report.takenOver,
  'scale.videos_at_the_end': report.videos,
  'scale.clips_at_the_end': report.clips,
  'scale.stray_files_at_the_end': report.strayFiles,
  'scale.seed': Number(values.seed),
  'scale.seconds': seconds(),
};
say(JSON.stringify({ results }));
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ results, violations }, undefined, 2)}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
