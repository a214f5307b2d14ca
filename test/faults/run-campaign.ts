import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildReport } from './campaign-child.js';
import type { CampaignName } from './campaigns.js';
import type { Progress } from './progress.js';

const CHILD = fileURLToPath(new URL('./campaign-child.ts', import.meta.url));
/** A case that takes longer has hung. */
const SILENCE_LIMIT_MS = 180_000;

/**
 * Runs cases of a campaign in a process that is watched: when it dies or hangs, what it was at is a violation, and another
 * process goes on behind it.
 * @param progress what was done before; goes on from there, and is told of every case
 */
export async function runCampaign(
  name: CampaignName,
  progress: Progress,
  onCase: () => void = () => {},
): Promise<void> {
  while (progress.next < progress.end) {
    const crash = await runProcess(name, progress, onCase);
    if (crash !== undefined) progress.skipUnderWay(crash);
  }
}

/** @returns how the process ended, or undefined when it came to its end. */
function runProcess(name: CampaignName, progress: Progress, onCase: () => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = fork(CHILD, [name, String(progress.next), String(progress.end)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let isClosed = false;
    let hasHung = false;
    const watch = setTimeout(() => {
      hasHung = true;
      child.kill('SIGKILL');
    }, SILENCE_LIMIT_MS);
    child.on('message', (report: ChildReport) => {
      watch.refresh();
      if (report.kind === 'began') progress.begin(report.number);
      else if (report.kind === 'ended') {
        progress.finish(report.number, report.outcome);
        onCase();
      } else {
        isClosed = true;
        progress.close(report.wrong, report.figures);
      }
    });
    child.once('exit', (code, signal) => {
      clearTimeout(watch);
      if (isClosed) resolve(undefined);
      else
        resolve(hasHung ? `hung for ${SILENCE_LIMIT_MS / 1000} s` : `ended the process (${signal ?? code})`);
    });
  });
}
