import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditFolder } from './audit-folder.js';
import { buildService } from './build-service.js';
import { checkService } from './check-service.js';
import { DrivenService } from './driven-service.js';
import { Ledger } from './ledger.js';
import { doSomething } from './operations.js';

const CLIENTS = 4;
const LONGEST_LIFE_MS = 700;
const DELETED_REMEMBERED = 50;

export interface CrashReport {
  runs: number;
  /** Answers that were given and then held against every later life. */
  acknowledged: number;
  /** What was wrong, with the run it was seen in. */
  violations: string[];
}

/**
 * Kills a service at random instants while clients upload, search, follow jobs and delete, again and again on one data
 * folder, and holds each next life, and the folder itself, against what was acknowledged.
 * @param random from 0 to 1; the instants of the kills come from it, too
 */
export async function crashRuns(
  runs: number,
  random: () => number,
  onRun: (run: number, violations: readonly string[]) => void = () => {},
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-crash-'));
  const main = await buildService();
  const ledger = new Ledger();
  const violations: string[] = [];
  let acknowledged = 0;
  try {
    for (let run = 0; run < runs; run++) {
      const service = await DrivenService.start(main, folder);
      const wrong = run === 0 ? [] : await checkService(service.url, ledger);
      const before = ledger.in('accepted', 'ready', 'deleted').length;
      wrong.push(
        ...(await liveAndDie(
          service,
          ledger,
          random,
          run === 0 ? LONGEST_LIFE_MS : random() * LONGEST_LIFE_MS,
        )),
      );
      acknowledged += Math.max(0, ledger.in('accepted', 'ready', 'deleted').length - before);
      wrong.push(...(await auditFolder(folder, false)));
      if (service.stderr !== '') wrong.push(service.stderr);
      violations.push(...wrong.map((line) => `run ${run}: ${line}`));
      ledger.forgetDeleted(DELETED_REMEMBERED);
      onRun(run, violations);
    }
    const last = await DrivenService.start(main, folder);
    violations.push(...(await checkService(last.url, ledger)).map((line) => `at the end: ${line}`));
    await last.kill();
    violations.push(...(await auditFolder(folder, true)).map((line) => `at the end: ${line}`));
    return { runs, acknowledged, violations };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what a client was told that it must not be told. */
async function liveAndDie(
  service: DrivenService,
  ledger: Ledger,
  random: () => number,
  lifeMs: number,
): Promise<string[]> {
  const wrong: string[] = [];
  let isAlive = true;
  const client = async () => {
    while (isAlive) {
      await doSomething(service.url, ledger, random).catch((error: Error) => {
        // A connection that the kill cut off says nothing.
        if (isAlive && !(error instanceof TypeError)) wrong.push(error.message);
      });
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  isAlive = false;
  await service.kill();
  await Promise.all(clients);
  return wrong;
}
