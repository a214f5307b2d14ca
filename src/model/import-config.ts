import { z } from 'zod';
import { parseJson } from './parse-json.js';

const size = z.int().min(1).max(1_000_000);
const epsilon = z.number().positive().max(1);
const colour = z.tuple([z.number(), z.number(), z.number()]);

const textSchema = z.strictObject({
  hidden: size.optional(),
  layers: size.optional(),
  fusion_layer: z.int().min(0).optional(),
  heads: size.optional(),
  intermediate: size.optional(),
  vocab: size.optional(),
  max_position: size.optional(),
  layer_norm_eps: epsilon.default(1e-12),
  max_tokens: z.int().min(3).optional(),
});

/** What a checkpoint does not say about itself, in the reference's words; see `docs/bundle-format.md`. */
const importConfigSchema = z.strictObject({
  kind: z.enum(['retrieval', 'classification']),
  // Geometry. What is left out is read off the tensors; what is given must agree with them.
  embed_dim: size.optional(),
  depth: size.optional(),
  patch: size.optional(),
  tubelet: size.optional(),
  projection_dim: size.optional(),
  num_classes: size.optional(),
  checkpoint_image_size: size.optional(),
  checkpoint_num_frames: size.optional(),
  text: textSchema.prefault({}),
  // What the model is to run at; by default what it was trained at.
  image_size: size.optional(),
  num_frames: size.optional(),
  norm_eps: epsilon.default(1e-5),
  // The reference's switches, of which Videre computes these values.
  pool: z.literal('cls+avg').optional(),
  keep_temporal: z.literal(true).optional(),
  /** Whether the checkpoint is stored in half precision: a remark, the tensors say so themselves. */
  half: z.boolean().optional(),
  // Choices of the import.
  inflation: z.enum(['center', 'repeat']).default('center'),
  weights: z.enum(['as-stored', 'F32', 'F16']).default('as-stored'),
  // What is said of the bundle, and how it is fed.
  name: z.string().min(1).max(200).optional(),
  license: z.string().min(1).max(200).default('unknown'),
  provenance: z.record(z.string(), z.unknown()).default({}),
  antialias: z.boolean().default(false),
  mean: colour.default([0.485, 0.456, 0.406]),
  std: colour.default([0.229, 0.224, 0.225]),
  clips: z
    .strictObject({
      window_seconds: z.number().positive(),
      stride_seconds: z.number().positive(),
      shots: z.boolean().optional(),
    })
    .default({ window_seconds: 10, stride_seconds: 5 }),
});

export type ImportConfig = z.infer<typeof importConfigSchema>;

/** @throws AppError `invalid-input` naming every field that is unknown or not accepted. */
export function parseImportConfig(json: string, file: string): ImportConfig {
  return parseJson(importConfigSchema, json, file, 'invalid-input');
}
