import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Spawner } from '../../src/adapters/media-ffmpeg/spawner/spawner.js';
import { median } from '../median.js';

const MEGABYTE = 2 ** 20;
const PIECE_MB = 64;
const GIGABYTES = [0, 1, 2];
const STARTS = 15;

/**
 * How long the main thread stands still to start a program, by what the process holds: as Node does it, and through the
 * spawner. By turns in one process.
 */
export async function measureProgramStarts(): Promise<Record<string, number>> {
  const held: Buffer[] = [];
  const spawner = new Spawner();
  const results: Record<string, number> = {};
  for (const gigabytes of GIGABYTES) {
    while (held.length * PIECE_MB < gigabytes * 1024) held.push(Buffer.alloc(PIECE_MB * MEGABYTE, 1));
    const direct: number[] = [];
    const through: number[] = [];
    for (let round = 0; round < STARTS; round++) {
      direct.push(await directStart());
      through.push(await startThrough(spawner));
    }
    results[`starts.direct_ms.${gigabytes}gb`] = median(direct);
    results[`starts.spawner_ms.${gigabytes}gb`] = median(through);
    process.stdout.write(
      `${gigabytes} GB held: a start stops the main thread for ${median(direct).toFixed(1)} ms, ` +
        `through the spawner for ${median(through).toFixed(2)} ms\n`,
    );
  }
  return results;
}

async function directStart(): Promise<number> {
  const start = performance.now();
  const child = spawn('true', [], { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const blockedMs = performance.now() - start;
  await once(child, 'close');
  return blockedMs;
}

async function startThrough(spawner: Spawner): Promise<number> {
  const start = performance.now();
  const program = spawner.start({ program: 'true', args: [], env: process.env, givesWay: false });
  const blockedMs = performance.now() - start;
  await program.ended;
  return blockedMs;
}
