import type { RetrievalBundle, TextArchitecture } from '../../src/model/bundle.js';
import type { BundleContents } from '../../src/model/bundle-contents.js';
import { describeModel, type ModelSize, randomWeights } from '../encode/models.js';

/** Only the video encoder is looked at. */
const smallestText: TextArchitecture = {
  hidden: 32,
  layers: 2,
  fusionLayer: 1,
  heads: 1,
  intermediate: 32,
  vocabulary: 100,
  maxPosition: 32,
  layerNormEps: 1e-12,
  maxTokens: 32,
};

/** A retrieval model of a published size with random weights, at 224 px, in a space of 512. */
export function randomRetrievalModel(size: ModelSize, frames: number): BundleContents {
  const { kind: _, classes: __, ...shared } = describeModel(size, frames);
  const description: RetrievalBundle = { ...shared, kind: 'retrieval', text: smallestText, projection: 512 };
  return randomWeights(description);
}
