import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditBackups } from './audit-backups.js';
import { auditFolder } from './audit-folder.js';
import { buildService } from './build-service.js';
import { checkService } from './check-service.js';
import { DrivenService } from './driven-service.js';
import { Ledger } from './ledger.js';
import { doSomething } from './operations.js';
import { ACTIVITIES, type Activity, tracesOf } from './traces.js';

const CLIENTS = 4;
const LONGEST_LIFE_MS = 700;
const DELETED_REMEMBERED = 50;
/** The share of lives that end with SIGTERM. */
const DRAINED_SHARE = 0.15;
/** Much more than the service gives itself: the machine may have much else to do. */
const DRAIN_MS = 60_000;
const RESTORE_EVERY = 20;

export interface CrashReport {
  runs: number;
  /** Runs that ended with SIGTERM; the others with SIGKILL. */
  drained: number;
  /** Answers that were given and then held against every later life. */
  acknowledged: number;
  /** How many kills came while something of each kind was under way. */
  killedDuring: Record<Activity, number>;
  /** What was wrong, with the run it was seen in. */
  violations: string[];
}

/**
 * Ends a service at random instants while clients upload, search, follow jobs, delete and back up, again and again on
 * one data folder, and holds each next life, the folder itself and the backups against what was acknowledged.
 * @param random from 0 to 1; the instants come from it, too
 * @param signal ends it after the run that is under way
 */
export async function crashRuns(
  runs: number,
  random: () => number,
  onRun: (run: number, violations: readonly string[]) => void = () => {},
  signal?: AbortSignal,
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-crash-'));
  const folders = [join(folder, 'data'), join(folder, 'backups')] as const;
  const main = await buildService();
  const ledger = new Ledger();
  const killedDuring = Object.fromEntries(ACTIVITIES.map((activity) => [activity, 0])) as Record<
    Activity,
    number
  >;
  const violations: string[] = [];
  let [run, acknowledged, drained] = [0, 0, 0];
  try {
    for (; run < runs && !signal?.aborted; run++) {
      const wrong: string[] = [];
      const service = await startOrComplain(main, folders, wrong);
      if (run > 0) wrong.push(...(await checkService(service.url, ledger)));
      const before = ledger.in('accepted', 'ready', 'deleted').length;
      const life = {
        lifeMs: run === 0 ? LONGEST_LIFE_MS : random() * LONGEST_LIFE_MS,
        isDrained: random() < DRAINED_SHARE,
      };
      const underWay = await liveAndEnd(service, ledger, random, life, wrong);
      acknowledged += Math.max(0, ledger.in('accepted', 'ready', 'deleted').length - before);
      if (life.isDrained) drained++;
      else
        for (const activity of new Set([...underWay, ...(await tracesOf(...folders))]))
          killedDuring[activity]++;
      // After an end in peace, nothing may be left over.
      wrong.push(...(await auditFolder(folders[0], life.isDrained)));
      wrong.push(...(await auditBackups(folders[1], run % RESTORE_EVERY === RESTORE_EVERY - 1)));
      if (service.stderr !== '') wrong.push(service.stderr);
      violations.push(...wrong.map((line) => `run ${run}: ${line}`));
      ledger.forgetDeleted(DELETED_REMEMBERED);
      onRun(run, violations);
    }
    const wrong: string[] = [];
    const last = await startOrComplain(main, folders, wrong);
    wrong.push(...(await checkService(last.url, ledger)));
    await last.drain(DRAIN_MS);
    wrong.push(...(await auditFolder(folders[0], true)), ...(await auditBackups(folders[1], true)));
    violations.push(...wrong.map((line) => `at the end: ${line}`));
    return { runs: run, drained, acknowledged, killedDuring, violations };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A failed start is told of; whether it goes on failing decides whether the runs can go on. */
async function startOrComplain(
  main: string,
  folders: readonly [string, string],
  wrong: string[],
): Promise<DrivenService> {
  return DrivenService.start(main, folders).catch((error: Error) => {
    wrong.push(error.message);
    return DrivenService.start(main, folders);
  });
}

/**
 * @param wrong gets what a client was told that it must not be told
 * @returns what clients had under way at the end.
 */
async function liveAndEnd(
  service: DrivenService,
  ledger: Ledger,
  random: () => number,
  { lifeMs, isDrained }: { lifeMs: number; isDrained: boolean },
  wrong: string[],
): Promise<Activity[]> {
  let isAlive = true;
  const underWay: Activity[] = [];
  const client = async () => {
    while (isAlive) {
      await doSomething(service.url, ledger, random, underWay).catch((error: Error) => {
        // A connection that the end of the service cut off says nothing.
        if (isAlive && !(error instanceof TypeError)) wrong.push(error.message);
      });
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  isAlive = false;
  const atTheEnd = [...underWay];
  if (isDrained) {
    const exitCode = await service.drain(DRAIN_MS);
    if (exitCode !== 0) wrong.push(`told to go, it ended with ${exitCode}`);
  } else await service.kill();
  await Promise.all(clients);
  return atTheEnd;
}
