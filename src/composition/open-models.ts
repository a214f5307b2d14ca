import { OnnxTextEncoder } from '../adapters/encoder-onnx/onnx-text-encoder.js';
import { OnnxVideoClassifier } from '../adapters/encoder-onnx/onnx-video-classifier.js';
import { HttpModelHub } from '../adapters/hub-http/http-model-hub.js';
import type { PullDependencies } from '../app/models/pull-model.js';
import { type ModelUnderTest, selfTest } from '../app/models/self-test.js';
import { readBundleDescription } from '../model/read-bundle.js';
import { openVideoEncoder } from './open-video-encoder.js';
import { workerModule } from './worker-modules.js';

export interface ModelLocations {
  modelsFolder: string;
  hubEndpoint: string;
  hubToken: string | undefined;
}

/** What `pullModel` needs. */
export function openModelPull({ modelsFolder, hubEndpoint, hubToken }: ModelLocations): PullDependencies {
  return {
    hub: new HttpModelHub({ endpoint: new URL(hubEndpoint), token: hubToken }),
    modelsFolder,
    selfTest: testBundle,
  };
}

/**
 * Opens a bundle with the engines that would serve it, and tries it.
 * @throws AppError `invalid-model`, `file-not-found`, and what the engines throw.
 */
async function testBundle(bundleDirectory: string): Promise<void> {
  const options = { bundleDirectory, workerModule };
  const opened: ModelUnderTest = {};
  try {
    if (readBundleDescription(bundleDirectory).kind === 'retrieval') {
      opened.videoEncoder = await openVideoEncoder(options);
      opened.textEncoder = await OnnxTextEncoder.load(options);
    } else opened.classifier = await OnnxVideoClassifier.load(options);
    await selfTest(opened);
  } finally {
    await Promise.all(Object.values(opened).map((engine) => engine.close()));
  }
}
