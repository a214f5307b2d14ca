import { z } from '@hono/zod-openapi';
import type { GivenDescription } from '../../app/videos/ingest-request.js';
import { mergePatch } from '../../app/videos/merge-patch.js';
import { AppError } from '../../domain/errors.js';
import { type JsonObject, nestsAtMost } from '../../domain/json.js';
import { RequestError } from '../problem.js';
import { jsonObject } from './video-schema.js';

const MAX_METADATA_BYTES = 64 * 1024;
const MAX_METADATA_LEVELS = 32;

const title = z.string().trim().min(1).max(300);
const description = z.string().max(10_000);
const tags = z
  .array(z.string().trim().min(1).max(100))
  .max(100)
  .transform((given) => [...new Set(given)]);
const metadata = jsonObject
  .refine((value) => nestsAtMost(MAX_METADATA_LEVELS, value), {
    message: `At most ${MAX_METADATA_LEVELS} levels of objects and arrays.`,
    abort: true,
  })
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA_BYTES, {
    message: `At most ${MAX_METADATA_BYTES} bytes of JSON.`,
  })
  .transform((value) => value as JsonObject);

/** What a client may say of a video. */
export const descriptionShape = {
  title: title.optional().openapi({ description: 'By default that of the file.' }),
  description: description.optional(),
  tags: tags.optional(),
  metadata: metadata.optional().openapi({ description: 'Whatever you want to keep beside the video.' }),
};

const descriptionSchema = z.strictObject(descriptionShape);

/** Changes of a description; `metadata` is a merge patch. */
export const patchSchema = z
  .strictObject({ ...descriptionShape, title: title.optional() })
  .openapi('VideoPatch');

/**
 * Metadata as it would be after a merge patch: patches that each are small may add up.
 * @throws RequestError.
 */
export function patchedMetadata(before: JsonObject, patch: JsonObject): JsonObject {
  const parsed = metadata.safeParse(mergePatch(before, patch));
  if (!parsed.success) throw new RequestError('json.metadata', parsed.error);
  return parsed.data;
}

/**
 * Fields of a form: `tags` once for each tag, `metadata` as JSON.
 * @throws RequestError.
 */
export function readFormFields(fields: ReadonlyMap<string, string[]>): GivenDescription {
  const values: Record<string, unknown> = {};
  for (const [name, given] of fields) {
    if (name === 'tags') values.tags = given;
    else if (given.length > 1) throw new AppError('invalid-input', `The field "${name}" is given twice.`);
    else values[name] = name === 'metadata' ? parseMetadata(given[0]!) : given[0];
  }
  const parsed = descriptionSchema.safeParse(values);
  if (!parsed.success) throw new RequestError('form', parsed.error);
  return parsed.data;
}

function parseMetadata(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid-input', 'The field "metadata" is no JSON.', { cause });
  }
}
