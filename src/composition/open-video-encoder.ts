import { type CudaAddonResult, loadCudaAddon } from '../adapters/encoder-cuda/cuda-addon.js';
import { cudaSettings } from '../adapters/encoder-cuda/cuda-config.js';
import { CudaVideoEncoder } from '../adapters/encoder-cuda/cuda-video-encoder.js';
import { CudaVideoEngine } from '../adapters/encoder-cuda/cuda-video-engine.js';
import { OnnxVideoEncoder } from '../adapters/encoder-onnx/onnx-video-encoder.js';
import { AppError } from '../domain/errors.js';
import { loadBundle } from '../model/read-bundle.js';
import type { VideoEncoder } from '../ports/encoders.js';

const engines = ['auto', 'cpu', 'cuda'] as const;
export type EngineWish = (typeof engines)[number];

export interface VideoEncoderOptions {
  bundleDirectory: string;
  workerModule: URL;
  /** As `EngineWorkerOptions` has it; of no account on a GPU. */
  givesWay?: boolean;
  environment?: NodeJS.ProcessEnv;
  native?: CudaAddonResult;
}

/**
 * VIDERE_ENGINE: `cpu`, `cuda`, or the GPU where the addon and a GPU are there and the CPU otherwise.
 * @throws AppError `invalid-input` for anything else.
 */
export function engineWish(environment: NodeJS.ProcessEnv = process.env): EngineWish {
  const wanted = environment.VIDERE_ENGINE || 'auto';
  const known = engines.find((name) => name === wanted);
  if (known !== undefined) return known;
  throw new AppError('invalid-input', `There is no engine "${wanted}".`, {
    hint: `VIDERE_ENGINE is one of ${engines.join(', ')}.`,
    details: { actual: wanted, accepted: engines },
  });
}

/**
 * The video encoder of a bundle on the engine that VIDERE_ENGINE asks for; its `model` says which one that is, and why
 * not the GPU where the CUDA engine is built.
 * @throws AppError `invalid-model`, `invalid-input`, `file-not-found`; with `VIDERE_ENGINE=cuda`, `missing-dependency` and
 * `out-of-memory`.
 */
export async function openVideoEncoder({
  bundleDirectory,
  workerModule,
  givesWay = false,
  environment = process.env,
  native = loadCudaAddon(),
}: VideoEncoderOptions): Promise<VideoEncoder> {
  const wish = engineWish(environment);
  const openOnCpu = () => OnnxVideoEncoder.load({ bundleDirectory, workerModule, givesWay });
  // Where nobody built the CUDA engine, nobody misses it.
  if (wish === 'cpu' || (wish === 'auto' && 'missing' in native)) return await openOnCpu();
  try {
    const bundle = await loadBundle(bundleDirectory);
    return new CudaVideoEncoder(
      bundle,
      await CudaVideoEngine.load(bundle, native, cudaSettings(environment)),
    );
  } catch (thrown) {
    if (wish === 'cuda' || !isForWantOfGpu(thrown)) throw thrown;
    const encoder = await openOnCpu();
    return {
      model: { ...encoder.model, engineNote: thrown.message },
      encode: (clips, signal) => encoder.encode(clips, signal),
      close: () => encoder.close(),
    };
  }
}

function isForWantOfGpu(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && ['missing-dependency', 'out-of-memory'].includes(thrown.code);
}
