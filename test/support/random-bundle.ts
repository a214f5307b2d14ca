import type { BundleDescription, RetrievalBundle, VideoArchitecture } from '../../src/model/bundle.js';
import type { BundleContents, StoredTensor } from '../../src/model/bundle-contents.js';
import { bundleTensorShapes } from '../../src/model/bundle-tensors.js';
import { bytesOf, elementCount } from '../../src/model/tensor-type.js';
import { tokenizerFromVocabulary } from '../../src/model/vocabulary-file.js';
import { seededRandom } from './seeded-random.js';

/** Sizes that nothing is a multiple of, so that an axis mixed up with another shows. */
export const oddVideo: VideoArchitecture = {
  width: 20,
  depth: 2,
  stateSize: 8,
  convWidth: 3,
  expand: 2,
  dtRank: 3,
  patchSize: 4,
  tubelet: 2,
  imageSize: 12,
  frames: 6,
  normEps: 1e-5,
};

const WORDS = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'a',
  'cat',
  'dog',
  'runs',
  'sleeps',
  'on',
  'grass',
];

export const oddRetrieval: RetrievalBundle = {
  format: 'videre-bundle/1',
  kind: 'retrieval',
  name: 'random',
  license: 'Apache-2.0',
  provenance: {},
  video: oddVideo,
  preprocessing: { antialias: false, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  clips: { windowSeconds: 4, strideSeconds: 2 },
  projection: 10,
  text: {
    hidden: 12,
    layers: 3,
    fusionLayer: 2,
    heads: 3,
    intermediate: 28,
    vocabulary: WORDS.length,
    maxPosition: 16,
    layerNormEps: 1e-12,
    maxTokens: 9,
  },
};

/** A bundle of seeded random weights, scaled so that activations keep the size they have in a trained model. */
export function randomBundle(description: BundleDescription, seed = 1): BundleContents {
  const random = seededRandom(seed);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of bundleTensorShapes(description)) {
    const fanIn = shape.length < 2 ? 1 : elementCount(name, shape) / shape[0]!;
    const scale = name.endsWith('_proj.weight') || name.includes('conv1d') ? Math.sqrt(3 / fanIn) : 0.5;
    const values = Float32Array.from({ length: elementCount(name, shape) }, () => (2 * random() - 1) * scale);
    tensors.set(name, { type: 'F32', shape, bytes: bytesOf(values) });
  }
  const tokenizerJson =
    description.kind === 'retrieval' ? tokenizerFromVocabulary(WORDS.join('\n'), 'vocab.txt') : undefined;
  return { description, tensors, tokenizerJson };
}

/** Values in [-1, 1). */
export function randomFloats(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random() - 1);
}
