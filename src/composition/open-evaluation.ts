import { join } from 'node:path';
import { OnnxReranker } from '../adapters/encoder-onnx/onnx-reranker.js';
import { OnnxVideoClassifier } from '../adapters/encoder-onnx/onnx-video-classifier.js';
import { HnswIndex } from '../adapters/index-hnsw/hnsw-index.js';
import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import type { ClassifyDependencies } from '../app/evaluation/classification/evaluate-classification.js';
import type { EvaluateDependencies } from '../app/evaluation/evaluate-retrieval.js';
import { FeatureCache } from '../app/evaluation/feature-cache.js';
import { TensorCache } from '../app/evaluation/tensor-cache.js';
import type { MediaReader } from '../ports/media-reader.js';
import type { Closable } from './closing.js';
import { type Locations, makeFolder } from './data-folder.js';
import { workerModule } from './worker-modules.js';

/**
 * What `evaluateRetrieval` needs; features are kept in the data folder, the library in it is left alone.
 * @param variant name of the order in which frames are shown
 * @throws AppError as `openSearch`.
 */
export async function openEvaluation(
  { dataFolder, bundleFolder }: Locations,
  variant: string,
): Promise<EvaluateDependencies & Closable> {
  await makeFolder(dataFolder);
  const reranker = await OnnxReranker.load({ bundleDirectory: bundleFolder, workerModule });
  return {
    media: new FfmpegMediaReader(),
    reranker,
    cache: new FeatureCache(join(dataFolder, 'evaluation'), reranker.model.fingerprint, variant),
    emptyIndex: (dimension) =>
      HnswIndex.open({
        folder: dataFolder,
        dimension,
        modelFingerprint: reranker.model.fingerprint,
        // Never saved, so there is nothing to remember.
        ledger: { indexFile: async () => undefined, recordIndexFile: async () => undefined },
      }),
    close: () => reranker.close(),
  };
}

/**
 * What `evaluateClassification` needs; logits are kept in the data folder, the library in it is left alone.
 * @param variant name of the views a video is looked at from
 * @throws AppError `invalid-model`, `invalid-input` for a bundle that has no classes.
 */
export async function openClassification(
  { dataFolder, bundleFolder }: Locations,
  variant: string,
): Promise<ClassifyDependencies & Closable> {
  await makeFolder(dataFolder);
  const classifier = await OnnxVideoClassifier.load({ bundleDirectory: bundleFolder, workerModule });
  return {
    media: new FfmpegMediaReader(),
    classifier,
    cache: new TensorCache(join(dataFolder, 'evaluation'), classifier.model.fingerprint, variant),
    close: () => classifier.close(),
  };
}

/** A picture of a video for a report's page. */
export function openMedia(): MediaReader {
  return new FfmpegMediaReader();
}
