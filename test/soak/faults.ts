import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from '../support/process-tree.js';
import type { WatchedService } from '../support/watched-service.js';

/** A disk of its own for the library, which can be filled; undefined where one may not be mounted. */
export function smallDisk(folder: string): { unmount: () => void } | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'videre-soak', folder], { stdio: 'ignore' });
    return { unmount: () => execFileSync('umount', ['-l', folder]) };
  } catch {
    return undefined;
  }
}

export interface Victim {
  service: WatchedService;
  /** Undefined: its disk is not to be filled. */
  disk: string | undefined;
  ended: AbortSignal;
}

/** What happens, how often it did, and every how many seconds it does. */
export class Faults {
  readonly counts: Record<string, number> = {};

  /** Until the end, each kind at its own pace. */
  async go(victim: Victim): Promise<void> {
    await Promise.all([
      this.#every(7, victim, 'decoder killed', () => this.#killOne(spawnersOf(victim).flatMap(childrenOf))),
      this.#every(41, victim, 'spawner killed', () => this.#killOne(spawnersOf(victim))),
      ...(victim.disk === undefined
        ? []
        : [this.#every(67, victim, 'disk filled', () => fillForAWhile(victim.disk!, victim.ended))]),
    ]);
  }

  #killOne(pids: readonly number[]): boolean {
    const pid = pids[Math.floor(Math.random() * pids.length)];
    if (pid === undefined) return false;
    try {
      process.kill(pid, 'SIGKILL');
      return true;
    } catch {
      return false;
    }
  }

  async #every(
    seconds: number,
    { ended }: Victim,
    what: string,
    strike: () => boolean | Promise<boolean>,
  ): Promise<void> {
    this.counts[what] = 0;
    while (!ended.aborted) {
      await sleep(seconds * 1000 * (0.5 + Math.random()), undefined, { signal: ended }).catch(() => {});
      if (!ended.aborted && (await strike())) this.counts[what]!++;
    }
  }
}

/** A clone has other children, too: the compiler of its TypeScript. */
function spawnersOf({ service }: Victim): number[] {
  return childrenOf(service.pid).filter((pid) => commandOf(pid).includes('spawner-process'));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Takes all that is free, and gives it back after ten seconds. */
async function fillForAWhile(folder: string, ended: AbortSignal): Promise<boolean> {
  const filler = join(folder, 'filler');
  const { bavail, bsize } = await statfs(folder);
  try {
    await writeFile(filler, Buffer.alloc(bavail * bsize, 1));
  } catch {
    // Others write, too: full is full.
  }
  await sleep(10_000, undefined, { signal: ended }).catch(() => {});
  await rm(filler, { force: true });
  return true;
}
