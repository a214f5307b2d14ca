import { loadCudaAddon } from '../adapters/encoder-cuda/cuda-addon.js';
import { cudaSettings } from '../adapters/encoder-cuda/cuda-config.js';
import { CudaEngine } from '../adapters/encoder-cuda/cuda-engine.js';
import { cudaScan } from '../adapters/encoder-cuda/cuda-scan.js';
import { CudaVideoEngine } from '../adapters/encoder-cuda/cuda-video-engine.js';
import type { ConformanceSubject } from '../app/run-conformance.js';

/**
 * Both formats keep a number to 8 or 11 bits, and dozens of roundings add up along a model. The scan alone computes in
 * f32 and keeps to the tolerance of everybody.
 */
const MODEL_TOLERANCE = 3e-2;

/**
 * The CUDA engine for clips, another for texts.
 * @throws AppError `missing-dependency` where there is no GPU for it.
 */
export function cudaConformance(loadBeside: ConformanceSubject['loadEngine']): ConformanceSubject {
  const native = loadCudaAddon();
  return {
    async loadEngine(bundle) {
      const video = await CudaVideoEngine.load(bundle, native, cudaSettings());
      return new CudaEngine(video, await loadBeside(bundle));
    },
    modelTolerance: MODEL_TOLERANCE,
    scanKernels: [cudaScan(native)],
  };
}
