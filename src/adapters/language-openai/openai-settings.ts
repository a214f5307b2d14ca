import { AppError } from '../../domain/errors.js';
import type { EvidenceKind } from '../../ports/language-model.js';
import type { Projector } from './projector.js';

/** A server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp's, or a hosted one. */
export interface OpenAiSettings {
  /** Up to and including the version, e.g. `http://127.0.0.1:8000/v1`. */
  baseUrl: string;
  /** The name the server knows it by. */
  model: string;
  apiKey?: string | undefined;
  /** What the server can take. `features` needs a projector. */
  takes: readonly EvidenceKind[];
  projector?: Projector | undefined;
  /** Most tokens of an answer; 512 unless told. */
  maxTokens?: number | undefined;
  /** Most clips shown for one answer; 8 unless told. */
  maxEvidence?: number | undefined;
  limits?: Partial<OpenAiLimits> | undefined;
}

export interface OpenAiLimits {
  /** Longest silence of the server, the time to the first token included. */
  silenceMs: number;
  /** Longest answer, retries included. */
  totalMs: number;
  /** Tries after the first, at 429, 5xx and lost connections. */
  retries: number;
  /** Pause before the second try; twice as long before each further one, unless the server says how long. */
  retryPauseMs: number;
  /** A server that wants a longer pause is not waited for. */
  maxRetryPauseMs: number;
  /** Failures in a row after which the server is left alone, and for how long. */
  breakerFailures: number;
  breakerPauseMs: number;
}

export const DEFAULT_LIMITS: OpenAiLimits = {
  silenceMs: 60_000,
  totalMs: 300_000,
  retries: 2,
  retryPauseMs: 500,
  maxRetryPauseMs: 20_000,
  breakerFailures: 5,
  breakerPauseMs: 15_000,
};

/** @throws AppError `invalid-input` for an address that is none, or that holds a password. */
export function assertUsableAddress(baseUrl: string): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError(
      'invalid-input',
      `${JSON.stringify(baseUrl)} is no address of a language model's server.`,
      {
        hint: 'It begins with http:// or https:// and mostly ends in /v1.',
      },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('invalid-input', 'The address of the language model holds a user name or password.', {
      hint: 'Give the key as VIDERE_LLM_KEY.',
    });
  }
}
