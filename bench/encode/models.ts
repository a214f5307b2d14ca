import type { BundleDescription, ClassificationBundle } from '../../src/model/bundle.js';
import type { BundleContents, StoredTensor } from '../../src/model/bundle-contents.js';
import { bundleTensorShapes } from '../../src/model/bundle-tensors.js';
import { bytesOf, elementCount } from '../../src/model/tensor-type.js';

/** The published sizes of VideoMamba. */
export const models = {
  ti: { width: 192, depth: 24 },
  s: { width: 384, depth: 24 },
  m: { width: 576, depth: 32 },
} as const;
export type ModelSize = keyof typeof models;

/** A model of a published size, at 224 px with the head of Kinetics-400. */
export function describeModel(size: ModelSize, frames: number): ClassificationBundle {
  const { width, depth } = models[size];
  return {
    format: 'videre-bundle/1',
    kind: 'classification',
    name: `videomamba-${size}-${frames}`,
    license: 'Apache-2.0',
    provenance: { weights: 'random' },
    video: {
      width,
      depth,
      stateSize: 16,
      convWidth: 4,
      expand: 2,
      dtRank: Math.ceil(width / 16),
      patchSize: 16,
      tubelet: 1,
      imageSize: 224,
      frames,
      normEps: 1e-5,
    },
    classes: 400,
    preprocessing: { antialias: false, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    clips: { windowSeconds: 4, strideSeconds: 2 },
  };
}

/** Random weights: what they are does not change what is computed, as long as nothing overflows or vanishes. */
export function randomWeights(description: BundleDescription): BundleContents {
  const tensors = new Map<string, StoredTensor>();
  const random = fastRandom();
  for (const [name, shape] of bundleTensorShapes(description)) {
    const count = elementCount(name, shape);
    const fanIn = shape.length < 2 ? 1 : count / shape[0]!;
    const scale = Math.sqrt(1 / fanIn);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = random() * scale;
    tensors.set(name, { type: 'F32', shape, bytes: bytesOf(values) });
  }
  return { description, tensors, tokenizerJson: undefined };
}

/** Values in [-1, 1), seeded. `count` of them. */
export function randomFloats(count: number): Float32Array {
  const random = fastRandom();
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = random();
  return values;
}

/** A linear congruential generator: a model has a hundred million weights. Values in [-1, 1). */
function fastRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
