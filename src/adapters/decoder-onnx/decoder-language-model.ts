import { availableParallelism } from 'node:os';
import { AppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import { promptLength } from '../../model/decoder/decoder-tensors.js';
import { TextTokenizer } from '../../model/tokenizer.js';
import type { ClipFeatures } from '../../ports/clip-features.js';
import type {
  FinishReason,
  LanguageEvent,
  LanguageModel,
  LanguageModelInfo,
  LanguageRequest,
} from '../../ports/language-model.js';
import { WorkerThread } from '../worker-thread/worker-thread.js';
import type { DecoderInfo, DecoderOperations, DecoderWorkerData } from './decoder-operations.js';
import { SpokenWords } from './spoken-words.js';

export interface DecoderOptions {
  bundleDirectory: string;
  /** The thread's module: exports what `decoderOperations` makes. TypeScript or JavaScript. */
  workerModule: URL;
  /** Threads of one ONNX operator. */
  threads?: number;
}

/** The model is small: more threads than this wait for each other. */
const MAX_THREADS = 4;
/** Clips looked at until one of them answers. */
const MAX_EVIDENCE = 4;

/** How a clip answered: all deltas were given, unless it abstained. */
interface ClipAnswer {
  reason: FinishReason;
  inputTokens: number;
  outputTokens: number;
}

/**
 * The decoder of a bundle, in a worker thread of its own. It looks at one clip at a time: the best first, and the next one
 * only when the one before does not tell. Each token is asked for by itself, so that a caller who leaves stops the work
 * between two tokens, and questions that are asked at the same time take turns.
 */
export class DecoderLanguageModel implements LanguageModel {
  readonly model: LanguageModelInfo;
  readonly #info: DecoderInfo;
  readonly #tokenizer: TextTokenizer;
  readonly #thread: WorkerThread<DecoderOperations>;
  #closing: Promise<void> | undefined;

  private constructor(thread: WorkerThread<DecoderOperations>, info: DecoderInfo, tokenizer: TextTokenizer) {
    this.#thread = thread;
    this.#info = info;
    this.#tokenizer = tokenizer;
    this.model = { name: info.name, takes: ['features'], maxEvidence: MAX_EVIDENCE, usesTurns: false };
  }

  /**
   * @throws AppError `file-not-found`, `invalid-model` when the bundle or its decoder cannot be loaded, `invalid-input` when
   * it has none.
   */
  static async load({
    bundleDirectory,
    workerModule,
    threads,
  }: DecoderOptions): Promise<DecoderLanguageModel> {
    const workerData: DecoderWorkerData = {
      bundleDirectory,
      threads: threads ?? Math.min(availableParallelism(), MAX_THREADS),
    };
    const thread = new WorkerThread<DecoderOperations>({
      module: workerModule,
      workerData,
      operations: 'in-turn',
    });
    try {
      const info = await thread.call('load', undefined);
      const tokenizer = await TextTokenizer.load(info.tokenizerPath, info.architecture.maxTokens);
      return new DecoderLanguageModel(thread, info, tokenizer);
    } catch (error) {
      await thread.destroy();
      throw error;
    }
  }

  async *generate(
    { task, evidence, maxTokens }: LanguageRequest,
    signal?: AbortSignal,
  ): AsyncGenerator<LanguageEvent> {
    const seen = evidence.flatMap(({ id, features }) => (features === undefined ? [] : [{ id, features }]));
    if (seen.length === 0) {
      throw new AppError(
        'invalid-input',
        `The model ${this.model.name} looks at features of clips, and none were given.`,
      );
    }
    const { captionQuestion, abstention } = this.#info.architecture;
    const question = task.kind === 'caption' ? captionQuestion : task.question;
    const usage = { inputTokens: 0, outputTokens: 0 };
    for (const { id, features } of seen.slice(0, MAX_EVIDENCE)) {
      const answer = yield* this.#askClip(features, question, maxTokens ?? Number.POSITIVE_INFINITY, signal);
      usage.inputTokens += answer.inputTokens;
      usage.outputTokens += answer.outputTokens;
      if (answer.reason === 'abstained') continue;
      yield { type: 'citation', evidenceId: id };
      yield { type: 'finish', reason: answer.reason, usage };
      return;
    }
    yield { type: 'delta', text: abstention };
    yield { type: 'finish', reason: 'abstained', usage };
  }

  close(): Promise<void> {
    this.#closing ??= this.#thread.call('close', undefined).finally(() => this.#thread.destroy());
    return this.#closing;
  }

  /** What one clip answers. Words that may still become an abstention are held back until it is plain that they do not. */
  async *#askClip(
    { tokens, modelFingerprint }: ClipFeatures,
    question: string,
    maxTokens: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LanguageEvent, ClipAnswer> {
    const { architecture } = this.#info;
    if (modelFingerprint !== architecture.encoderFingerprint) {
      throw new AppError(
        'model-mismatch',
        `The clip's features are of model ${modelFingerprint}; the decoder reads those of ${architecture.encoderFingerprint}.`,
      );
    }
    const ids = Array.from(this.#tokenizer.encode([question]).ids, Number);
    const limit = Math.min(maxTokens, architecture.maxPosition - ids.length);
    const end = ids.at(-1);
    const words = new SpokenWords();
    let held = '';
    let outputTokens = 0;
    let reason: FinishReason = 'length';

    throwIfCancelled(signal);
    let proposed = await this.#thread.call('read', { tokens, ids });
    try {
      for (;;) {
        throwIfCancelled(signal);
        if (proposed.token === end) {
          reason = words.text === architecture.abstention ? 'abstained' : 'stop';
          break;
        }
        if (outputTokens >= limit) break;
        outputTokens += 1;
        held += words.add(this.#tokenizer.piece(proposed.token) ?? '');
        if (!architecture.abstention.startsWith(words.text)) {
          yield { type: 'delta', text: held };
          held = '';
        }
        proposed = await this.#thread.call('next', proposed);
      }
      if (held !== '' && reason !== 'abstained') yield { type: 'delta', text: held };
    } finally {
      // Not waited for: it cannot fail but with the thread, and whoever waits for the answer need not wait for this.
      this.#thread.call('forget', proposed.sequence).catch(() => {});
    }
    return { reason, inputTokens: promptLength(architecture) + ids.length, outputTokens };
  }
}
