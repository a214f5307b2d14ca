import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../src/domain/errors.js';
import { openCheckpoint } from '../../src/model/checkpoint.js';
import type { Campaign, OpenCampaign, Outcome } from './campaign.js';
import { honestCheckpoints, hostileCheckpoints, type MadeCheckpoint } from './hostile-checkpoints.js';

/** A small file may not make the process grow by more. */
const MEMORY_LIMIT_BYTES = 200 * 2 ** 20;

/** All that are hostile, and some that are not. */
const CASES = hostileCheckpoints('').length + 12;

/** Checkpoints that want to run something, to read beyond themselves or to fill the memory, with honest ones between. */
export const checkpoints: Campaign = {
  cases: { full: CASES, sample: CASES },
  atOnce: 1,
  open: async () => new Checkpoints(await mkdtemp(join(tmpdir(), 'videre-faults-checkpoints-'))),
};

class Checkpoints implements OpenCampaign {
  readonly #folder: string;
  readonly #canary: string;
  readonly #hostile: readonly MadeCheckpoint[];
  readonly #honest = honestCheckpoints();
  #grownBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#canary = join(folder, 'canary');
    this.#hostile = hostileCheckpoints(this.#canary);
  }

  async run(number: number): Promise<Outcome> {
    const isHonest = number >= this.#hostile.length;
    const { name, bytes } = isHonest ? this.#honest[number % this.#honest.length]! : this.#hostile[number]!;
    const path = join(this.#folder, 'model.pth');
    await writeFile(path, bytes);
    const before = process.memoryUsage.rss();
    const error = thrownBy(() => {
      const checkpoint = openCheckpoint(path);
      try {
        for (const tensor of checkpoint.tensors.keys()) checkpoint.readTensorAsFloat32(tensor);
      } finally {
        checkpoint.close();
      }
    });
    const grown = process.memoryUsage.rss() - before;
    this.#grownBytes = Math.max(this.#grownBytes, grown);
    const wrong = (what: string): Outcome => ({ kind: 'wrong', violation: `${name}: ${what}` });
    if (existsSync(this.#canary)) return wrong('it ran');
    if (grown > MEMORY_LIMIT_BYTES) return wrong(`took ${grown} bytes of memory`);
    if (isHonest) return error === undefined ? { kind: 'honest, opened' } : wrong(`refused: ${error}`);
    if (error === undefined) return wrong('was accepted');
    return error instanceof AppError ? { kind: `refused: ${error.code}` } : wrong(`untyped: ${error}`);
  }

  async close(): Promise<string[]> {
    await rm(this.#folder, { recursive: true });
    return [];
  }

  figures(): Record<string, number> {
    return { grownMebibytes: Math.round(this.#grownBytes / 2 ** 20) };
  }
}

function thrownBy(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
