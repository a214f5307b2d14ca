import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBundle } from '../../src/model/write-bundle.js';
import type { Measurement } from './measure.js';
import { describeModel, type ModelSize, randomWeights } from './models.js';

const measureProcess = fileURLToPath(new URL('./measure-process.ts', import.meta.url));

/** Measures a model in a process of its own, so that its peak memory is nobody else's. */
export async function measureApart(
  size: ModelSize,
  frames: number,
  seconds: number,
  fewestRounds: number,
): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-bench-'));
  const bundleFolder = join(folder, 'bundle');
  try {
    await writeBundle(randomWeights(describeModel(size, frames)), bundleFolder);
    return await receive([bundleFolder, String(seconds), String(fewestRounds)]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function receive(args: readonly string[]): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const child = fork(measureProcess, args);
    child.once('message', (message) => resolve(message as Measurement));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The measuring process ended with exit code ${code}.`)));
  });
}
