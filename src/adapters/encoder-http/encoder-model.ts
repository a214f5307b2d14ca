import { z } from 'zod';
import { AppError } from '../../domain/errors.js';
import type { ModelInfo } from '../../ports/encoders.js';
import type { EncoderServers } from './encoder-servers.js';

const DEADLINE_MS = 10_000;

const modelList = z.object({ models: z.array(z.object({ id: z.string(), active: z.boolean() })) });

const describedModel = z.object({
  fingerprint: z.string().min(1),
  engine: z.string(),
  details: z.object({
    name: z.string(),
    dimension: z.int().positive(),
    architecture: z.object({ frames: z.int().positive(), imageSize: z.int().positive() }),
    preprocessing: z.object({ antialias: z.boolean() }),
    clips: z.object({
      windowSeconds: z.number().positive(),
      strideSeconds: z.number().positive(),
      shots: z.boolean(),
    }),
  }),
});

const captionList = z.object({ captions: z.array(z.string()) });

/** What one must know of an encoder's model to ask it. */
export interface RemoteModel extends ModelInfo {
  /** What it is called there. */
  id: string;
  /** Edge of the square picture it sees, in pixels. */
  imageSize: number;
  /** Whether pictures are resized with a widened filter. */
  antialias: boolean;
}

/**
 * The model that the servers encode with, as the first of them that answers tells it.
 * @throws AppError `encoder-unavailable`, `not-found` when the server has no active model.
 */
export async function remoteModel(servers: EncoderServers): Promise<RemoteModel> {
  const { models } = await servers.ask({ path: '/v1/models', answer: modelList, deadlineMs: DEADLINE_MS });
  const active = models.find(({ active }) => active);
  if (active === undefined) {
    throw new AppError('not-found', `None of the models at ${servers.urls.join(', ')} is active.`);
  }
  const { fingerprint, engine, details } = await servers.ask({
    path: `/v1/models/${encodeURIComponent(active.id)}`,
    answer: describedModel,
    deadlineMs: DEADLINE_MS,
  });
  const { name, dimension, architecture, preprocessing, clips } = details;
  return {
    id: active.id,
    name,
    fingerprint,
    dimension,
    framesPerClip: architecture.frames,
    imageSize: architecture.imageSize,
    antialias: preprocessing.antialias,
    clips,
    kernel: engine,
  };
}

/** Captions that have nothing to do with a library, to measure others by. @throws AppError as `EncoderServers.ask`. */
export async function askCaptions(servers: EncoderServers, { id }: RemoteModel): Promise<readonly string[]> {
  const { captions } = await servers.ask({
    path: `/v1/models/${encodeURIComponent(id)}/captions`,
    answer: captionList,
    deadlineMs: DEADLINE_MS,
  });
  return captions;
}
