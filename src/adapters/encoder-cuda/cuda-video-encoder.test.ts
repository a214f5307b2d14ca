import { describe, expect, it } from 'vitest';
import { oddRetrieval, randomBundle } from '../../../test/support/random-bundle.js';
import { bundleInMemory } from '../../model/bundle-in-memory.js';
import type { ClipFrames } from '../../ports/encoders.js';
import type { CudaAddon, CudaEncoderConfig, CudaTensors } from './cuda-addon.js';
import { cudaSettings } from './cuda-config.js';
import { CudaVideoEncoder } from './cuda-video-encoder.js';
import { CudaVideoEngine } from './cuda-video-engine.js';

const bundle = bundleInMemory(randomBundle(oddRetrieval));
const { projection, video } = oddRetrieval;

interface FakeGpu {
  addon: CudaAddon;
  config: CudaEncoderConfig | undefined;
  tensors: CudaTensors;
  batches: number[];
  closed: boolean;
}

/** In place of a GPU: the vector of a clip is the first byte of its first frame, over and over. */
function fakeGpu({ freeBytes = 1e9, bytesPerClip = 1e6, failing = '' } = {}): FakeGpu {
  const fail = (code: string) => Promise.reject(Object.assign(new Error(`GPU: ${code}`), { code }));
  const gpu: FakeGpu = {
    config: undefined,
    tensors: {},
    batches: [],
    closed: false,
    addon: {
      describeDevice: (index) => ({
        index,
        name: 'a GPU',
        computeMajor: 9,
        computeMinor: 0,
        multiprocessors: 1,
        totalBytes: 2 * freeBytes,
        freeBytes,
        driverVersion: 13_000,
        runtimeVersion: 13_000,
      }),
      deviceBytesNeeded: ({ maxBatch }) => maxBatch * bytesPerClip,
      selectiveScan: () => {},
      createEncoder: async (config, tensors) => {
        gpu.config = config;
        gpu.tensors = tensors;
        return {
          deviceBytes: config.maxBatch * bytesPerClip,
          encode: async (clips) => {
            if (failing !== '') return await fail(failing);
            gpu.batches.push(clips.length);
            const vectors = clips.flatMap(({ frames }) => Array<number>(projection).fill(frames[0]![0]!));
            return { vectors: Float32Array.from(vectors) };
          },
          encodePixels: () => fail('invalidInput'),
          close: () => {
            gpu.closed = true;
          },
        };
      },
    },
  };
  return gpu;
}

async function encoderOn({ addon }: FakeGpu, environment: NodeJS.ProcessEnv = {}): Promise<CudaVideoEncoder> {
  return new CudaVideoEncoder(
    bundle,
    await CudaVideoEngine.load(bundle, { addon }, cudaSettings(environment)),
  );
}

function clipOf(value: number, { width, height } = { width: 2, height: 3 }): ClipFrames {
  return {
    width,
    height,
    frames: Array.from({ length: video.frames }, () => new Uint8Array(width * height * 3).fill(value)),
  };
}

describe('CudaVideoEncoder', () => {
  it('puts the clips of several callers into one batch and gives each its own vectors', async () => {
    const gpu = fakeGpu();
    const encoder = await encoderOn(gpu);
    const results = await Promise.all([
      encoder.encode([clipOf(1), clipOf(2)]),
      encoder.encode([clipOf(3)]),
      encoder.encode([clipOf(4, { width: 5, height: 1 })]),
    ]);
    expect(results.map((vectors) => vectors.map((vector) => [vector.length, vector[0]]))).toEqual([
      [
        [projection, 1],
        [projection, 2],
      ],
      [[projection, 3]],
      [[projection, 4]],
    ]);
    expect(gpu.batches).toEqual([4]);
  });

  it('takes as many clips at once as the free memory allows, or as it is told', async () => {
    const roomy = fakeGpu();
    await encoderOn(roomy);
    const tight = fakeGpu({ freeBytes: 1e7, bytesPerClip: 1e6 });
    await encoderOn(tight);
    const told = fakeGpu({ freeBytes: 1e7, bytesPerClip: 1e6 });
    await encoderOn(told, { VIDERE_CUDA_BATCH: '5' });
    expect([roomy, tight, told].map(({ config }) => config?.maxBatch)).toEqual([32, 8, 5]);
  });

  it('uploads the video encoder and nothing of the text encoder', async () => {
    const gpu = fakeGpu();
    await encoderOn(gpu);
    const names = Object.keys(gpu.tensors);
    expect(names).toContain('vision_encoder.layers.1.mixer.A_b_log');
    expect(names).toContain('vision_proj.bias');
    expect(names.filter((name) => name.startsWith('text_'))).toEqual([]);
    expect(gpu.config).toMatchObject({ kind: 'retrieval', outputs: projection, width: video.width });
  });

  it.each([
    ['deviceFailure', 'internal'],
    ['outOfMemory', 'out-of-memory'],
    ['noDevice', 'missing-dependency'],
  ])('reports %s as %s', async (failing, code) => {
    const encoder = await encoderOn(fakeGpu({ failing }));
    await expect(encoder.encode([clipOf(1)])).rejects.toMatchObject({ code, message: `GPU: ${failing}` });
  });

  it('refuses a malformed clip without failing those beside it', async () => {
    const encoder = await encoderOn(fakeGpu());
    const good = encoder.encode([clipOf(7)]);
    await expect(encoder.encode([{ ...clipOf(1), width: 3 }])).rejects.toMatchObject({
      code: 'invalid-input',
    });
    await expect(encoder.encode([{ ...clipOf(1), frames: [] }])).rejects.toMatchObject({
      message: `The model takes ${video.frames} frames a clip, not 0.`,
    });
    expect((await good)[0]![0]).toBe(7);
  });

  it('refuses a vector of zeros, and a caller who has given up', async () => {
    const encoder = await encoderOn(fakeGpu());
    await expect(encoder.encode([clipOf(0)])).rejects.toMatchObject({ code: 'internal' });
    await expect(encoder.encode([clipOf(1)], AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('closes after what it was asked before', async () => {
    const gpu = fakeGpu();
    const encoder = await encoderOn(gpu);
    const asked = encoder.encode([clipOf(9)]);
    const closed = encoder.close();
    expect((await asked)[0]![0]).toBe(9);
    await closed;
    expect(gpu.closed).toBe(true);
  });
});

describe('cudaSettings', () => {
  it('refuses what means nothing', () => {
    expect(() => cudaSettings({ VIDERE_CUDA_PRECISION: 'f8' })).toThrow(/no precision "f8"/);
    expect(() => cudaSettings({ VIDERE_CUDA_BATCH: '0' })).toThrow(/cannot encode "0" clips/);
    expect(cudaSettings({ VIDERE_CUDA_PRECISION: '', VIDERE_CUDA_BATCH: '' })).toEqual({
      precision: 'bf16',
      batch: undefined,
    });
  });
});
