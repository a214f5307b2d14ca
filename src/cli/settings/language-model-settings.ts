import { resolve } from 'node:path';
import { z } from 'zod';
import { list, onOrOff, optionalText, type Setting, wholeNumber } from './setting.js';

/** Which language model answers questions, and how much it may take. */
export const LANGUAGE_MODEL_SETTINGS = {
  languageModelUrl: optionalText(
    {
      variable: 'VIDERE_LLM_URL',
      description: 'Address of an OpenAI-compatible server that answers questions, up to /v1',
      defaultText: "the bundle's own language model",
    },
    'an address',
  ),
  languageModelName: optionalText(
    {
      variable: 'VIDERE_LLM_MODEL',
      description: 'Name the server knows its model by',
      defaultText: 'none; needed with an address',
    },
    'the name of a model',
  ),
  languageModelKey: optionalText(
    {
      variable: 'VIDERE_LLM_KEY',
      description: "Key for that server's API",
      defaultText: 'none',
      isSecret: true,
    },
    'a key',
  ),
  languageModelEvidence: list(
    {
      variable: 'VIDERE_LLM_EVIDENCE',
      description: 'What that model can be shown of clips: text, frames, features',
      defaultText: '`text`',
    },
    'any of text, frames, features',
    z.enum(['text', 'frames', 'features']),
  ),
  languageModelProjector: {
    ...optionalText(
      {
        variable: 'VIDERE_LLM_PROJECTOR',
        description: 'File that turns features into embeddings of that model; needed for features',
        defaultText: 'none',
      },
      'a path',
    ),
    schema: (folder) =>
      z
        .string()
        .min(1)
        .transform((text) => resolve(folder, text)),
  },
  answerTokens: wholeNumber(
    { variable: 'VIDERE_ANSWER_TOKENS', description: 'Most tokens of an answer' },
    [1, 4096],
    512,
  ),
  answerSeconds: wholeNumber(
    { variable: 'VIDERE_ANSWER_SECONDS', description: 'Longest an answer may take, retries included' },
    [1, 3600],
    300,
  ),
  captions: onOrOff(
    {
      variable: 'VIDERE_CAPTIONS',
      flag: 'captions',
      description: 'Have the language model describe the clips of every video that is taken in',
    },
    false,
  ),
} as const satisfies Record<string, Setting<unknown>>;
