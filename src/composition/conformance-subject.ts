import { availableParallelism } from 'node:os';
import { OnnxEngine } from '../adapters/encoder-onnx/onnx-engine.js';
import { availableScanKernels, loadScanKernel } from '../adapters/scan/load-scan-kernel.js';
import type { ConformanceSubject } from '../app/run-conformance.js';
import type { LoadedBundle } from '../model/loaded-bundle.js';
import { cudaConformance } from './cuda-conformance.js';

/**
 * What `runConformance` holds against the reference: an engine, and the scan kernels of this machine that go with it.
 * @throws AppError `missing-dependency` for `cuda` where it cannot run.
 */
export function conformanceSubject(engine: 'cpu' | 'cuda' = 'cpu'): ConformanceSubject {
  const threads = availableParallelism();
  const loadOnCpu = (bundle: LoadedBundle) => OnnxEngine.load(bundle, loadScanKernel(), { threads });
  return engine === 'cpu'
    ? { loadEngine: loadOnCpu, scanKernels: availableScanKernels() }
    : cudaConformance(loadOnCpu);
}
