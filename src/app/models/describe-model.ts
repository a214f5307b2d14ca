import type { BundleDescription } from '../../model/bundle.js';
import { bundleTensorShapes } from '../../model/bundle-tensors.js';

/** What people and programs want to know of a bundle. */
export interface ModelDescription {
  name: string;
  kind: BundleDescription['kind'];
  license: string;
  /** Weights of all parts together. */
  parameters: number;
  /** Width of the vectors; undefined for a model that classifies. */
  dimension: number | undefined;
  /** Classes it tells apart; undefined for a model that searches. */
  classes: number | undefined;
  /** Longest text in tokens; undefined for a model that reads none. */
  maxTokens: number | undefined;
  video: BundleDescription['video'];
  clips: BundleDescription['clips'];
  preprocessing: BundleDescription['preprocessing'];
  cpuPrecision: 'f32' | 'int8';
  provenance: Record<string, unknown>;
}

export function describeModel(description: BundleDescription): ModelDescription {
  const { name, kind, license, video, clips, preprocessing, cpuPrecision = 'f32', provenance } = description;
  const isRetrieval = description.kind === 'retrieval';
  return {
    name,
    kind,
    license,
    parameters: [...bundleTensorShapes(description).values()].reduce(
      (sum, shape) => sum + shape.reduce((product, size) => product * size, 1),
      0,
    ),
    dimension: isRetrieval ? description.projection : undefined,
    classes: isRetrieval ? undefined : description.classes,
    maxTokens: isRetrieval ? description.text.maxTokens : undefined,
    video,
    clips,
    preprocessing,
    cpuPrecision,
    provenance,
  };
}
