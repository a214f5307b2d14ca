import { z } from '@hono/zod-openapi';
import type { JsonObject } from '../../domain/json.js';
import type { EdgePush } from '../../ports/edge-copy.js';
import { base64Schema } from '../base64-schema.js';
import { jsonObject } from '../videos/video-schema.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');
const count = z.int().nonnegative();
const id = z.string().min(1).max(100);
const key = z.string().min(1).max(500);

/** Which push asks: in the query of everything that changes something. */
export const pushQuery = z.object({
  push: z.coerce.number().int().positive(),
  model: z.string().min(1).max(200),
});

export function pushOf({ push, model }: z.infer<typeof pushQuery>): EdgePush {
  return { number: push, modelFingerprint: model };
}

const bytes = base64Schema.transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

/** float32, little endian. */
const vector = bytes.transform((raw, context) => {
  if (raw.byteLength % 4 !== 0) {
    context.addIssue({ code: 'custom', message: 'must be whole float32 numbers' });
    return z.NEVER;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Float32Array.from({ length: raw.byteLength / 4 }, (_, axis) => view.getFloat32(axis * 4, true));
});

const clip = z.object({
  id: z.int().positive(),
  startSeconds: z.number(),
  endSeconds: z.number(),
  vector,
  caption: z.object({ text: z.string(), model: z.string(), createdAtMs: z.int() }).optional(),
});

const row = z.object({
  sequence: z.int().positive(),
  contentHash: hash,
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  metadata: jsonObject.transform((object) => object as JsonObject),
  sourcePath: z.string(),
  sizeBytes: count,
  container: z.string(),
  codec: z.string(),
  width: count,
  height: count,
  durationSeconds: z.number(),
  frameCount: count,
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  revision: z.int(),
});

const pictures = z.object({ key, index: z.array(z.tuple([count, count, count])) });

export const writeBody = z.object({
  parts: z.array(z.object({ videoId: id, part: count, clips: z.array(clip) })),
  publications: z.array(
    z.object({
      id,
      about: z
        .object({ row, hasFile: z.boolean(), pictures: pictures.nullable().optional(), checksum: hash })
        .optional(),
      clips: z.object({ parts: count, checksum: hash }).optional(),
    }),
  ),
});

export const factsBody = z.object({
  model: z.object({
    name: z.string(),
    fingerprint: z.string(),
    dimension: z.int().positive(),
    framesPerClip: z.int().positive(),
    clips: z.object({ windowSeconds: z.number(), strideSeconds: z.number(), shots: z.boolean().optional() }),
    kernel: z.string(),
    engineNote: z.string().optional(),
  }),
  relevance: z.array(z.number()),
  captions: z.array(z.string()),
  captionVectors: z.array(vector),
  checksum: hash,
});

export const keysBody = z.object({
  keys: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      scopes: z.array(z.enum(['read', 'write', 'admin'])),
      secretHash: bytes,
      createdAtMs: z.int(),
      expiresAtMs: z.int().optional(),
      revokedAtMs: z.int().optional(),
    }),
  ),
});

export const idsBody = z.object({ ids: z.array(id).max(1000) });
export const fileKeysBody = z.object({ keys: z.array(key).max(1000) });
export const beginBody = z.object({ modelFingerprint: z.string().min(1).max(200) });
export const partsBody = z.object({ parts: z.int().positive() });
export const fileParam = z.object({ hash });
export const filePartParam = z.object({ hash, part: z.coerce.number().int().min(1).max(10_000) });
export const picturesParam = z.object({ video: id.regex(/^[\w-]+$/), plan: z.string().regex(/^[0-9a-f]+$/) });
export const digestQuery = pushQuery.extend({ sha256: hash });
export const heldVideosQuery = z.object({ model: z.string().min(1), after: z.string().optional() });
export const heldFilesQuery = z.object({
  kind: z.enum(['media', 'thumbnails']),
  after: z.string().optional(),
});
