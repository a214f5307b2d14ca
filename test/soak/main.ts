/**
 * `npm run test:soak -- [--minutes 30] [--out FILE]`: a service under mixed load while its programs are killed, its threads
 * end and its disk fills up, held against the bounds of docs/performance.md.
 */
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machineFacts } from '../../src/cli/result-line.js';
import { serveWatched } from '../support/watched-service.js';
import { Answers } from './answers.js';
import { CLIENTS } from './clients.js';
import { Faults, smallDisk } from './faults.js';
import { VitalSigns } from './vital-signs.js';

/** By name of the result: the most that it may be. */
const BOUNDS: Record<string, number> = {
  'soak.untyped_5xx': 0,
  'soak.rss_slope_mb_per_min': 2,
  'soak.open_files_growth': 10,
  'soak.lasting_zombies': 0,
  'soak.exit_code': 0,
};
const WARM_UP_SHARE = 0.25;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, out: { type: 'string' } },
});
const minutes = Number(values.minutes);
const root = await mkdtemp(join(tmpdir(), 'videre-soak-'));
const dataFolder = join(root, 'library');
await mkdir(dataFolder);
const disk = smallDisk(dataFolder);
const log = openSync(join(root, 'serve.log'), 'a');
say(
  `${minutes} minutes; ${disk ? 'the disk is filled now and then' : 'no disk can be mounted, so none is filled'}; log in ${root}`,
);
const service = await serveWatched(['--data', dataFolder], log);
const ending = new AbortController();
const ended = ending.signal;
const answers = new Answers();
const faults = new Faults();
const signs = new VitalSigns(service.pid);
const work = [
  ...Object.values(CLIENTS).map((client) => client({ url: service.url, answers, ended })),
  faults.go({ service, disk: disk && dataFolder, ended }),
];
for (let minute = 0; minute < minutes; minute++) {
  await sleep(Math.min(60_000, (minutes - minute) * 60_000));
  const last = signs.samples.at(-1);
  say(
    `${minute + 1} min: ${last?.rssMb.toFixed(0)} MB, ${last?.openFiles} files, ${counted(answers.counts)}`,
  );
}
ending.abort();
await Promise.all(work);
signs.stop();
const exitCode = await service.stop();
closeSync(log);

const { rssSlopeMbPerMinute, mostRssMb, mostTreeRssMb, openFilesGrowth, lastingZombies } = signs.summary(
  minutes * WARM_UP_SHARE,
);
const results: Record<string, number> = {
  'soak.minutes': minutes,
  'soak.answers': [...answers.counts.values()].reduce((sum, count) => sum + count, 0),
  'soak.faults': Object.values(faults.counts).reduce((sum, count) => sum + count, 0),
  'soak.untyped_5xx': answers.untyped.length,
  'soak.rss_slope_mb_per_min': rssSlopeMbPerMinute,
  'soak.rss_mb': mostRssMb,
  'soak.tree_rss_mb': mostTreeRssMb,
  'soak.open_files_growth': openFilesGrowth,
  'soak.lasting_zombies': lastingZombies,
  'soak.exit_code': exitCode ?? Number.NaN,
};
const beyond = Object.entries(BOUNDS).filter(([name, most]) => !(results[name]! <= most));
for (const line of new Set(answers.untyped)) say(`untyped: ${line}`);
for (const [name, most] of beyond) say(`${name} is ${results[name]}, and may be ${most} at most`);
const report = {
  machine: machineFacts(),
  results,
  bounds: BOUNDS,
  faults: faults.counts,
  answers: Object.fromEntries(answers.counts),
};
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(report, null, 2)}\n`);
say(JSON.stringify({ machine: report.machine, results }));
disk?.unmount();
if (beyond.length === 0) await rm(root, { recursive: true, force: true });
process.exitCode = beyond.length === 0 ? 0 : 1;

function counted(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${what} x ${count}`).join(', ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
