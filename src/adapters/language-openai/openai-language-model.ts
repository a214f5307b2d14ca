import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV3, LanguageModelV3StreamPart, LanguageModelV3Usage } from '@ai-sdk/provider';
import { APICallError } from '@ai-sdk/provider';
import { retryWithExponentialBackoff } from '@ai-sdk/provider-utils';
import { AppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type {
  Evidence,
  FinishReason,
  LanguageEvent,
  LanguageModel,
  LanguageModelInfo,
  LanguageRequest,
  LanguageUsage,
} from '../../ports/language-model.js';
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.js';
import { buildPrompt } from './build-prompt.js';
import { chatFetch } from './chat-fetch.js';
import { CitationMarkers, type MarkedEvent } from './citation-markers.js';
import {
  assertUsableAddress,
  DEFAULT_LIMITS,
  type OpenAiLimits,
  type OpenAiSettings,
} from './openai-settings.js';
import { embedsAsContent, promptEmbedsPart } from './prompt-embeds.js';
import { SilenceWatch } from './silence-watch.js';
import { retryAfterMs, upstreamError } from './upstream-errors.js';
import { WithoutThoughts } from './without-thoughts.js';

const DEFAULT_MAX_TOKENS = 512;
const DEFAULT_MAX_EVIDENCE = 8;
const MAX_TEXT_CHARACTERS = 2000;
/** A server that goes on beyond what it was allowed is stopped: no token is longer than this on the average. */
const MAX_CHARACTERS_PER_TOKEN = 20;
/** Answers are about what is there; the same question should get the same answer. */
const TEMPERATURE = 0;

/** Any served model, over OpenAI's chat completions, streamed. */
export class OpenAiLanguageModel implements LanguageModel {
  readonly model: LanguageModelInfo;
  readonly #settings: OpenAiSettings;
  readonly #limits: OpenAiLimits;
  readonly #chat: LanguageModelV3;
  readonly #breaker: CircuitBreaker;

  /** @throws AppError `invalid-input` for settings that cannot be used. */
  constructor(settings: OpenAiSettings) {
    assertUsableAddress(settings.baseUrl);
    if (settings.takes.includes('features') && settings.projector === undefined) {
      throw new AppError(
        'invalid-input',
        'Features can be sent through a projector only, and there is none.',
        {
          hint: 'Name one, or send the evidence as text and frames.',
        },
      );
    }
    const { model, takes, maxEvidence = DEFAULT_MAX_EVIDENCE, baseUrl, apiKey } = settings;
    this.#settings = settings;
    this.#limits = { ...DEFAULT_LIMITS, ...settings.limits };
    this.model = { name: model, takes, maxEvidence, usesTurns: true };
    this.#breaker = new CircuitBreaker({
      failures: this.#limits.breakerFailures,
      pauseMs: this.#limits.breakerPauseMs,
      refusal: restingModel,
    });
    this.#chat = createOpenAICompatible({
      name: 'openaiCompatible',
      baseURL: baseUrl,
      includeUsage: true,
      fetch: chatFetch,
      transformRequestBody: embedsAsContent,
      ...(apiKey === undefined ? {} : { apiKey }),
    }).chatModel(model);
  }

  async *generate(request: LanguageRequest, signal?: AbortSignal): AsyncGenerator<LanguageEvent> {
    const evidence = request.evidence.slice(0, this.model.maxEvidence);
    this.#assertTakesSomeOf(evidence);
    throwIfCancelled(signal);
    this.#breaker.assertClosed();
    const { silenceMs, totalMs } = this.#limits;
    const watch = new SilenceWatch(silenceMs, totalMs, signal);
    try {
      yield* this.#answer({ ...request, evidence }, watch);
      this.#breaker.succeeded();
    } catch (thrown) {
      const error = watch.reason() ?? upstreamError(thrown, this.#settings.apiKey);
      if (isFailureOfServer(error)) this.#breaker.failed();
      throw error;
    } finally {
      // Whoever leaves the loop early leaves no request behind.
      watch.end();
    }
  }

  async close(): Promise<void> {}

  async *#answer(request: LanguageRequest, watch: SilenceWatch): AsyncGenerator<LanguageEvent> {
    const mostTokens = this.#settings.maxTokens ?? DEFAULT_MAX_TOKENS;
    // Who runs the service pays for the tokens: nobody who asks gets more.
    const maxTokens = Math.min(request.maxTokens ?? mostTokens, mostTokens);
    const markers = new CitationMarkers(request.evidence.map(({ id }) => id));
    const thoughts = new WithoutThoughts();
    let charactersLeft = maxTokens * MAX_CHARACTERS_PER_TOKEN;
    let abstained = false;
    let finished: { reason: FinishReason; usage: LanguageUsage } | undefined;

    const pass = function* (events: readonly MarkedEvent[]): Generator<LanguageEvent> {
      for (const event of events) {
        if (event.type === 'abstained') abstained = true;
        else yield event;
      }
    };

    for await (const part of await this.#stream(request, maxTokens, watch)) {
      watch.heard();
      if (part.type === 'text-delta') {
        yield* pass(markers.push(thoughts.push(part.delta.slice(0, charactersLeft))));
        charactersLeft -= part.delta.length;
        if (charactersLeft < 0) {
          finished = { reason: 'length', usage: { inputTokens: 0, outputTokens: maxTokens } };
          break;
        }
      } else if (part.type === 'error') {
        throw part.error;
      } else if (part.type === 'finish') {
        finished = {
          reason: part.finishReason.unified === 'length' ? 'length' : 'stop',
          usage: usageOf(part.usage),
        };
      }
    }
    if (finished === undefined) throw new Error('The stream ended without a finish.');
    yield* pass(markers.push(thoughts.end()));
    yield* pass(markers.end());
    yield { type: 'finish', ...finished, reason: abstained ? 'abstained' : finished.reason };
  }

  /** The stream of the first try that gets one. */
  async #stream(
    request: LanguageRequest,
    maxOutputTokens: number,
    watch: SilenceWatch,
  ): Promise<ReadableStream<LanguageModelV3StreamPart>> {
    const { retries, retryPauseMs, maxRetryPauseMs } = this.#limits;
    const { takes, projector } = this.#settings;
    const prompt = buildPrompt(request, {
      takes,
      maxTextCharacters: MAX_TEXT_CHARACTERS,
      projected: ({ features }) =>
        features === undefined || projector === undefined ? undefined : promptEmbedsPart(projector, features),
    });
    const retry = retryWithExponentialBackoff({
      maxRetries: retries,
      initialDelayInMs: retryPauseMs,
      abortSignal: watch.signal,
      shouldRetry: (error) =>
        APICallError.isInstance(error) &&
        error.isRetryable &&
        // NaN, which is "it does not say", is not above.
        !(retryAfterMs(error.responseHeaders) > maxRetryPauseMs),
      getDelayInMs: ({ error, exponentialBackoffDelay }) => {
        const asked = APICallError.isInstance(error) ? retryAfterMs(error.responseHeaders) : Number.NaN;
        return Number.isNaN(asked) ? exponentialBackoffDelay : asked;
      },
      createRetryError: ({ errors }) => errors.at(-1),
    });
    const { stream } = await retry(() => {
      watch.heard();
      return this.#chat.doStream({
        prompt,
        maxOutputTokens,
        temperature: TEMPERATURE,
        abortSignal: watch.signal,
      });
    });
    return stream;
  }

  #assertTakesSomeOf(evidence: readonly Evidence[]): void {
    const { takes } = this.model;
    const isTaken = ({ features, frames = [], texts = [] }: Evidence): boolean =>
      (takes.includes('features') && features !== undefined) ||
      (takes.includes('frames') && frames.length > 0) ||
      (takes.includes('text') && texts.length > 0);
    if (evidence.some(isTaken)) return;
    throw new AppError(
      'invalid-input',
      `The language model takes ${takes.join(', ')}, and there is none of it.`,
    );
  }
}

function usageOf({ inputTokens, outputTokens }: LanguageModelV3Usage): LanguageUsage {
  return { inputTokens: inputTokens.total ?? 0, outputTokens: outputTokens.total ?? 0 };
}

/** A busy server is alive, and one that refuses a request may take the next. */
function isFailureOfServer({ code }: AppError): boolean {
  return ['language-model-unavailable', 'language-model-failed', 'timed-out'].includes(code);
}

function restingModel(retryAfterSeconds: number): AppError {
  return new AppError('language-model-unavailable', 'The language model failed several times in a row.', {
    hint: `It is tried again in ${retryAfterSeconds} s.`,
    details: { retryAfterSeconds },
  });
}
