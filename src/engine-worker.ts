import { constants, setPriority } from 'node:os';
import { Piscina } from 'piscina';
import { startClassifier } from './adapters/encoder-onnx/start-classifier.js';
import { startMatcher } from './adapters/encoder-onnx/start-matcher.js';
import { startTextEncoder } from './adapters/encoder-onnx/start-text-encoder.js';
import { startVideoEncoder } from './adapters/encoder-onnx/start-video-encoder.js';
import { type EngineWorkerData, workerOperations } from './adapters/encoder-onnx/worker-operations.js';
import { loadScanKernel } from './adapters/scan/load-scan-kernel.js';

/** Entry of the worker threads that hold an engine: `EngineWorker` starts it and calls what it exports. */
const data: EngineWorkerData = Piscina.workerData;

if (data.givesWay) giveWay();

export const { load, encode, close } = operationsOf(data.role);

/** On Linux a priority is one thread's, and of the threads it starts: ONNX Runtime's and the kernels'. */
function giveWay(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}

function operationsOf(role: EngineWorkerData['role']) {
  // The kernel is loaded with the bundle, not with this module: what goes wrong then is answered, not thrown at the pool.
  switch (role) {
    case 'video':
      return workerOperations(() => startVideoEncoder(data, loadScanKernel()));
    case 'text':
      return workerOperations(() => startTextEncoder(data, loadScanKernel()));
    case 'match':
      return workerOperations(() => startMatcher(data, loadScanKernel()));
    case 'classify':
      return workerOperations(() => startClassifier(data, loadScanKernel()));
  }
}
