import type { D1Database, R2Bucket, Vectorize } from '@cloudflare/workers-types';
import { z } from 'zod';
import { AppError } from '../domain/errors.js';
import type { RateCounter } from '../http/limits/rate-limit.js';

/** What the Worker is bound to (wrangler.toml), beside its settings: texts, all of them. */
export interface EdgeEnvironment extends Partial<Record<keyof typeof SETTINGS, string>> {
  DB: D1Database;
  MEDIA: R2Bucket;
  /** Absent: vectors are compared in the memory of the Worker. */
  VECTORS?: Vectorize;
  /** Absent: callers may ask as often as they like. */
  REQUESTS?: RateCounter;
  /** Who has it may publish. */
  VIDERE_EDGE_PUSH_KEY?: string;
}

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])));
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));
const wholeNumber = (most: number, byDefault: number) =>
  z.coerce.number().int().min(1).max(most).default(byDefault);

/** The same names and meanings as those of `videre serve` (docs/configuration.md). */
const SETTINGS = {
  /** Whether everybody may read, without a key. */
  VIDERE_OPEN: z.enum(['true', 'false']).default('false'),
  VIDERE_CORS_ORIGINS: list,
  VIDERE_ENCODERS: list,
  VIDERE_ENCODER_KEY: optionalText,
  VIDERE_LLM_URL: optionalText,
  VIDERE_LLM_MODEL: optionalText,
  VIDERE_LLM_KEY: optionalText,
  VIDERE_LLM_EVIDENCE: list.pipe(z.array(z.enum(['text', 'frames']))),
  VIDERE_ANSWER_TOKENS: wholeNumber(4096, 512),
  VIDERE_ANSWER_SECONDS: wholeNumber(3600, 300),
};

const settingsSchema = z.object(SETTINGS);

export type EdgeSettings = z.output<typeof settingsSchema>;

/** @throws AppError `missing-dependency` naming a variable that is not what it should be. */
export function edgeSettings(environment: EdgeEnvironment): EdgeSettings {
  const parsed = settingsSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
  throw new AppError(
    'missing-dependency',
    `The setting ${path[0]?.toString()} of the Worker is not usable: ${message}.`,
    {
      hint: 'Set it in wrangler.toml, or with npx wrangler secret put.',
    },
  );
}
