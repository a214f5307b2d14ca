import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oddRetrieval, randomBundle } from '../../test/support/random-bundle.js';
import type { CudaAddonResult } from '../adapters/encoder-cuda/cuda-addon.js';
import { writeBundle } from '../model/write-bundle.js';
import { openVideoEncoder } from './open-video-encoder.js';

const workerModule = new URL('../engine-worker.ts', import.meta.url);
let folder: string;
let bundleDirectory: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videre-test-'));
  bundleDirectory = join(folder, 'bundle');
  await writeBundle(randomBundle(oddRetrieval), bundleDirectory);
});
afterAll(() => rm(folder, { recursive: true }));

const notBuilt: CudaAddonResult = { missing: 'The CUDA engine is not built.' };
/** As the addon is on a machine without a GPU. */
const withoutGpu: CudaAddonResult = {
  addon: {
    describeDevice: () => {
      throw Object.assign(new Error('There is no NVIDIA GPU.'), { code: 'noDevice' });
    },
    deviceBytesNeeded: () => 0,
    selectiveScan: () => {},
    createEncoder: () => Promise.reject(new Error('never asked')),
  },
};

const open = (wish: string, native: CudaAddonResult) =>
  openVideoEncoder({ bundleDirectory, workerModule, native, environment: { VIDERE_ENGINE: wish } });

describe('openVideoEncoder', () => {
  it('takes the CPU without a word where the CUDA engine was never built', async () => {
    const encoder = await open('', notBuilt);
    expect(encoder.model.kernel).not.toBe('cuda');
    expect(encoder.model.engineNote).toBeUndefined();
    await encoder.close();
  });

  it('takes the CPU and says why where it is built and there is no GPU', async () => {
    const encoder = await open('auto', withoutGpu);
    expect(encoder.model).toMatchObject({
      kernel: expect.not.stringMatching('cuda'),
      engineNote: 'There is no NVIDIA GPU.',
    });
    const { width, height } = { width: 4, height: 4 };
    const frames = Array.from({ length: oddRetrieval.video.frames }, () => new Uint8Array(48).fill(77));
    expect((await encoder.encode([{ width, height, frames }]))[0]).toHaveLength(oddRetrieval.projection);
    await encoder.close();
  });

  it.each([
    ['not built', notBuilt, 'The CUDA engine is not built.'],
    ['without a GPU', withoutGpu, 'There is no NVIDIA GPU.'],
  ])('refuses VIDERE_ENGINE=cuda %s', async (_, native, message) => {
    await expect(open('cuda', native)).rejects.toMatchObject({ code: 'missing-dependency', message });
  });

  it('refuses an engine that is none', async () => {
    await expect(open('gpu', notBuilt)).rejects.toMatchObject({
      code: 'invalid-input',
      hint: 'VIDERE_ENGINE is one of auto, cpu, cuda.',
    });
  });
});
