import { z } from 'zod';
import type { BundleDescription } from './bundle.js';
import { parseJson } from './parse-json.js';

/** No size in a model comes near; it keeps products of sizes exact and loops short. */
const size = z.int().min(1).max(1_000_000);
const blocks = z.int().min(1).max(1_000);
const epsilon = z.number().positive().max(1);
const colour = z.tuple([z.number(), z.number(), z.number()]);

const video = z
  .strictObject({
    width: size,
    depth: blocks,
    stateSize: size,
    convWidth: size,
    expand: size,
    dtRank: size,
    patchSize: size,
    tubelet: size,
    imageSize: size,
    frames: size,
    normEps: epsilon,
  })
  .refine((v) => v.imageSize % v.patchSize === 0, {
    error: ({ input }) =>
      `imageSize ${field(input, 'imageSize')} is no multiple of patchSize ${field(input, 'patchSize')}`,
  })
  .refine((v) => v.frames % v.tubelet === 0, {
    error: ({ input }) =>
      `frames ${field(input, 'frames')} is no multiple of tubelet ${field(input, 'tubelet')}`,
  });

const text = z
  .strictObject({
    hidden: size,
    layers: blocks,
    fusionLayer: z.int().min(0).max(1_000),
    heads: size,
    intermediate: size,
    vocabulary: size,
    maxPosition: size,
    layerNormEps: epsilon,
    maxTokens: z.int().min(3).max(1_000_000),
  })
  .refine((t) => t.hidden % t.heads === 0, {
    error: ({ input }) => `hidden ${field(input, 'hidden')} is no multiple of heads ${field(input, 'heads')}`,
  })
  .refine((t) => t.fusionLayer <= t.layers, {
    error: ({ input }) =>
      `fusionLayer ${field(input, 'fusionLayer')} is beyond layers ${field(input, 'layers')}`,
  })
  .refine((t) => t.maxTokens <= t.maxPosition, {
    error: ({ input }) =>
      `maxTokens ${field(input, 'maxTokens')} is beyond maxPosition ${field(input, 'maxPosition')}`,
  });

const decoder = z
  .strictObject({
    hidden: size,
    heads: size,
    cells: z.tuple([size, size, size]),
    resamplerLayers: blocks,
    resamplerIntermediate: size,
    layers: blocks,
    intermediate: size,
    vocabulary: size,
    maxPosition: size,
    maxTokens: z.int().min(3).max(1_000_000),
    normEps: epsilon,
    encoderFingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'a fingerprint is 64 hex digits'),
    captionQuestion: z.string().min(1).max(200),
    abstention: z.string().min(1).max(200),
  })
  .refine((d) => d.hidden % d.heads === 0, {
    error: ({ input }) => `hidden ${field(input, 'hidden')} is no multiple of heads ${field(input, 'heads')}`,
  })
  .refine((d) => d.maxTokens < d.maxPosition, {
    error: ({ input }) =>
      `maxTokens ${field(input, 'maxTokens')} leaves no room for an answer below maxPosition ${field(input, 'maxPosition')}`,
  });

const head = {
  format: z.literal('videre-bundle/1'),
  name: z.string().min(1).max(200),
  license: z.string().min(1).max(200),
  provenance: z.record(z.string(), z.unknown()),
  video,
  preprocessing: z.strictObject({
    antialias: z.boolean(),
    mean: colour,
    std: colour.refine((std) => std.every((value) => value > 0), 'a standard deviation is above 0'),
  }),
  clips: z
    .strictObject({
      windowSeconds: z.number().positive(),
      strideSeconds: z.number().positive(),
      shots: z.boolean().optional(),
    })
    .refine(
      (clips) => clips.strideSeconds <= clips.windowSeconds,
      'strideSeconds is above windowSeconds: clips would leave gaps',
    ),
  cpuPrecision: z.enum(['f32', 'int8']).optional(),
};

const bundleSchema: z.ZodType<BundleDescription> = z.discriminatedUnion('kind', [
  z.strictObject({
    ...head,
    kind: z.literal('retrieval'),
    text,
    projection: size,
    decoder: decoder.optional(),
  }),
  z.strictObject({ ...head, kind: z.literal('classification'), classes: size }),
]);

/** @throws AppError `invalid-model` naming the field, its value or what is accepted. */
export function parseBundleDescription(json: string, file: string): BundleDescription {
  return parseJson(bundleSchema, json, file, 'invalid-model');
}

function field(input: unknown, name: string): unknown {
  return (input as Record<string, unknown>)[name];
}
