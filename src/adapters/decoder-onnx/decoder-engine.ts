import { Tensor } from 'onnxruntime-node';
import { AppError } from '../../domain/errors.js';
import type { VideoArchitecture } from '../../model/bundle.js';
import { cacheNames, decoderGraph } from '../../model/decoder/decoder-graph.js';
import { resamplerGraph } from '../../model/decoder/resampler-graph.js';
import type { LoadedDecoder } from '../../model/loaded-bundle.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import {
  floatTensor,
  OnnxSession,
  type OnnxSessionOptions,
  type Tensors,
} from '../onnx-session/onnx-session.js';

/** What the language model has read, and what it thinks comes next. */
export interface DecodedSequence {
  /** Tokens of text read so far. */
  readonly position: number;
  /** Score of each token of the vocabulary as the next one, [V]. */
  readonly logits: Float32Array;
  readonly cache: Tensors;
}

/** A bundle's decoder on ONNX Runtime. Calls block the thread. */
export class DecoderEngine {
  readonly #decoder: LoadedDecoder;
  readonly #video: VideoArchitecture;
  readonly #resampler: OnnxSession;
  readonly #step: OnnxSession;

  private constructor(
    decoder: LoadedDecoder,
    video: VideoArchitecture,
    resampler: OnnxSession,
    step: OnnxSession,
  ) {
    this.#decoder = decoder;
    this.#video = video;
    this.#resampler = resampler;
    this.#step = step;
  }

  /** @throws AppError `invalid-model` when the weights do not fit the architecture. */
  static async load(
    decoder: LoadedDecoder,
    video: VideoArchitecture,
    options: OnnxSessionOptions,
  ): Promise<DecoderEngine> {
    const resampler = await OnnxSession.create(resamplerGraph(decoder, video), options);
    const step = await OnnxSession.create(decoderGraph(decoder), options);
    return new DecoderEngine(decoder, video, resampler, step);
  }

  /**
   * The soft prompt of a clip, [Q, hidden].
   * @param tokens patch tokens of the video encoder, [T'P, C]
   * @throws AppError `invalid-input` for another number of values.
   */
  async prompt(tokens: Float32Array): Promise<Float32Array> {
    const { width } = this.#video;
    const count = videoGeometry(this.#video).tokens - 1;
    if (tokens.length !== count * width) {
      throw new AppError(
        'invalid-input',
        `A clip has ${count} tokens of ${width} values, ${count * width} in all; got ${tokens.length} values.`,
      );
    }
    return (await this.#resampler.run({ tokens: floatTensor(tokens, [1, count, width]) }, ['prompt'])).prompt;
  }

  /**
   * Reads a soft prompt, and after it a question.
   * @param prompt [Q, hidden]
   * @param ids tokens of the question, [CLS] and [SEP] included
   * @throws AppError `invalid-input` when there are too many, or an id is outside the vocabulary.
   */
  async read(prompt: Float32Array, ids: readonly number[]): Promise<DecodedSequence> {
    this.#requireText(ids, 0);
    const { hidden, heads, layers } = this.#decoder.architecture;
    const nothing = () => floatTensor(new Float32Array(), [1, heads, 0, hidden / heads]);
    const empty: Tensors = {};
    for (let index = 0; index < layers; index++) {
      const { pastKey, pastValue } = cacheNames(index);
      empty[pastKey] = nothing();
      empty[pastValue] = nothing();
    }
    // By itself: the prompt does not see the question.
    const { cache } = await this.#advance({ cache: empty, position: 0 }, prompt, []);
    return this.#advance({ cache, position: 0 }, new Float32Array(), ids);
  }

  /** Reads one more token, the one that was said. */
  async next(sequence: DecodedSequence, id: number): Promise<DecodedSequence> {
    this.#requireText([id], sequence.position);
    return this.#advance(sequence, new Float32Array(), [id]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#resampler.close(), this.#step.close()]);
  }

  #requireText(ids: readonly number[], position: number): void {
    const { maxPosition, vocabulary } = this.#decoder.architecture;
    if (ids.length === 0 || position + ids.length > maxPosition) {
      throw new AppError(
        'invalid-input',
        `Question and answer have 1 to ${maxPosition} tokens together, got ${position + ids.length}.`,
      );
    }
    const foreign = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
    if (foreign !== undefined) {
      throw new AppError(
        'invalid-input',
        `Token id ${foreign} is outside the decoder's vocabulary of ${vocabulary}.`,
      );
    }
  }

  /** One step over a prompt [Q or 0, hidden] or some ids. */
  async #advance(
    { cache: past, position }: Pick<DecodedSequence, 'cache' | 'position'>,
    prompt: Float32Array,
    ids: readonly number[],
  ): Promise<DecodedSequence> {
    const { hidden, layers } = this.#decoder.architecture;
    const outputs = await this.#step.runTensors({
      ...past,
      prompt: floatTensor(prompt, [1, prompt.length / hidden, hidden]),
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
      position: new Tensor('int64', BigInt64Array.of(BigInt(position)), [1]),
    });
    const cache: Tensors = {};
    for (let index = 0; index < layers; index++) {
      const names = cacheNames(index);
      cache[names.pastKey] = outputs[names.key]!;
      cache[names.pastValue] = outputs[names.value]!;
    }
    return { position: position + ids.length, logits: outputs.logits!.data as Float32Array, cache };
  }
}
