import type { EdgeLibraryFacts } from '../adapters/catalog-d1/d1-edge-facts.js';
import { CachedTextEncoder, type VectorCache } from '../adapters/encoder-cached/cached-text-encoder.js';
import { KnownTextEncoder } from '../adapters/encoder-cached/known-text-encoder.js';
import { EncoderServers } from '../adapters/encoder-http/encoder-servers.js';
import { HttpTextEncoder } from '../adapters/encoder-http/http-text-encoder.js';
import { OpenAiLanguageModel } from '../adapters/language-openai/openai-language-model.js';
import { AppError } from '../domain/errors.js';
import type { Embedding, TextEncoder } from '../ports/encoders.js';
import type { LanguageModel } from '../ports/language-model.js';
import type { EdgeSettings } from './edge-environment.js';

/** Encodes texts with the encoders elsewhere; what was pushed with the library, and what was asked before, it knows. */
export function edgeTextEncoder(
  { VIDERE_ENCODERS: urls, VIDERE_ENCODER_KEY: key }: EdgeSettings,
  { model, captions, captionVectors }: EdgeLibraryFacts,
  cache: VectorCache,
): TextEncoder {
  const encoder =
    urls.length === 0
      ? { model, encode: noEncoder, close: async () => {} }
      : new CachedTextEncoder(new HttpTextEncoder(new EncoderServers({ urls, key }), model), cache);
  return new KnownTextEncoder(encoder, captions, captionVectors);
}

async function noEncoder(): Promise<Embedding[]> {
  throw new AppError('missing-dependency', 'There is no encoder that could read the text.', {
    hint: 'Name one with the variable VIDERE_ENCODERS of the Worker, as https://encoder.example.org (videre serve --role encoder).',
  });
}

/**
 * The language model that the settings name; undefined when they name none.
 * @throws AppError `missing-dependency`, `invalid-input` for settings that do not go together.
 */
export function edgeLanguageModel(settings: EdgeSettings): LanguageModel | undefined {
  const { VIDERE_LLM_URL: baseUrl, VIDERE_LLM_MODEL: model, VIDERE_LLM_EVIDENCE: takes } = settings;
  if (baseUrl === undefined) return undefined;
  if (model === undefined) {
    throw new AppError('missing-dependency', `Which model at ${baseUrl} is to answer?`, {
      hint: 'Name it with the variable VIDERE_LLM_MODEL of the Worker.',
    });
  }
  return new OpenAiLanguageModel({
    baseUrl,
    model,
    apiKey: settings.VIDERE_LLM_KEY,
    takes: takes.length > 0 ? takes : ['text'],
    maxTokens: settings.VIDERE_ANSWER_TOKENS,
    limits: { totalMs: settings.VIDERE_ANSWER_SECONDS * 1000 },
  });
}
