import { z } from '@hono/zod-openapi';
import type { ShelvedModel } from '../../app/models/model-shelf.js';
import { AppError } from '../../domain/errors.js';

const size = z.int();

/** A model as the API tells it. */
export const modelSchema = z
  .object({
    id: z.string().openapi({ description: 'What it is called here.', example: 'playground' }),
    active: z.boolean().openapi({ description: 'Whether it is the one the library is searched with.' }),
    problem: z.string().nullable().openapi({ description: 'Why it cannot be used; null when it can.' }),
    details: z
      .object({
        name: z.string(),
        kind: z.enum(['retrieval', 'classification']),
        license: z.string(),
        parameters: size.openapi({ description: 'Weights of all its parts.' }),
        dimension: size.nullable().openapi({ description: 'Width of its vectors; null when it has none.' }),
        classes: size.nullable().openapi({ description: 'Classes it tells apart; null when it searches.' }),
        maxTokens: size.nullable().openapi({ description: 'Longest text it reads.' }),
        architecture: z.object({
          name: z.literal('VideoMamba'),
          width: size,
          blocks: size,
          stateSize: size,
          patchSize: size,
          tubelet: size,
          imageSize: size.openapi({ description: 'Edge of the square picture it sees, in pixels.' }),
          frames: size.openapi({ description: 'Frames a clip.' }),
        }),
        preprocessing: z.object({
          antialias: z.boolean().openapi({
            description: 'Whether pictures are made small with a filter as wide as the step.',
          }),
        }),
        clips: z.object({
          windowSeconds: z.number(),
          strideSeconds: z.number(),
          shots: z.boolean().openapi({ description: 'Whether clips keep inside shots.' }),
        }),
        provenance: z.record(z.string(), z.unknown()),
      })
      .nullable(),
  })
  .openapi('Model');

export type ModelBody = z.infer<typeof modelSchema>;

export function modelBody({ id, isActive, model }: ShelvedModel): ModelBody {
  if (model instanceof AppError) return { id, active: isActive, problem: model.message, details: null };
  const { name, kind, license, parameters, video, clips, preprocessing, provenance } = model;
  const { width, depth, stateSize, patchSize, tubelet, imageSize, frames } = video;
  return {
    id,
    active: isActive,
    problem: null,
    details: {
      name,
      kind,
      license,
      parameters,
      dimension: model.dimension ?? null,
      classes: model.classes ?? null,
      maxTokens: model.maxTokens ?? null,
      architecture: {
        name: 'VideoMamba',
        width,
        blocks: depth,
        stateSize,
        patchSize,
        tubelet,
        imageSize,
        frames,
      },
      preprocessing: { antialias: preprocessing.antialias },
      clips: {
        windowSeconds: clips.windowSeconds,
        strideSeconds: clips.strideSeconds,
        shots: clips.shots ?? true,
      },
      provenance,
    },
  };
}
