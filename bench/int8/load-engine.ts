import { availableParallelism } from 'node:os';
import { VideoEngine } from '../../src/adapters/encoder-onnx/video-engine.js';
import { loadScanKernel } from '../../src/adapters/scan/load-scan-kernel.js';
import type { Precision } from '../../src/model/bundle.js';
import type { LoadedBundle } from '../../src/model/loaded-bundle.js';

export function loadEngine(bundle: LoadedBundle, precision: Precision): Promise<VideoEngine> {
  return VideoEngine.load(bundle, loadScanKernel(), { threads: availableParallelism(), precision });
}
