import { Tensor } from 'onnxruntime-node';
import { AppError } from '../../domain/errors.js';
import { textGraph } from '../../model/bert/text-graph.js';
import type { RetrievalBundle } from '../../model/bundle.js';
import type { TextEncoding, TokenBatch } from '../../model/engine.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import { OnnxSession, type OnnxSessionOptions } from '../onnx-session/onnx-session.js';

/** The text encoder of a retrieval bundle: the BERT layers below its fusion layers. */
export class TextEngine {
  readonly #description: RetrievalBundle;
  readonly #session: OnnxSession;

  private constructor(description: RetrievalBundle, session: OnnxSession) {
    this.#description = description;
    this.#session = session;
  }

  /**
   * @throws AppError `invalid-input` when the bundle has no text encoder, `invalid-model` when its weights do not fit.
   */
  static async load(bundle: LoadedBundle, options: OnnxSessionOptions): Promise<TextEngine> {
    const description = requireRetrieval(bundle);
    const session = await OnnxSession.create(textGraph(bundle, description), options);
    return new TextEngine(description, session);
  }

  /** @throws AppError `invalid-input` when the batch is misshapen or an id is outside the vocabulary. */
  async encode(tokens: TokenBatch): Promise<TextEncoding> {
    this.#check(tokens);
    const { ids, mask, texts, length } = tokens;
    const inputs = {
      ids: new Tensor('int64', ids, [texts, length]),
      mask: new Tensor('int32', mask, [texts, length]),
    };
    const names = ['text_embeds', 'projected', 'embedding'] as const;
    const { text_embeds: textEmbeds, ...rest } = await this.#session.run(inputs, names);
    return { textEmbeds, ...rest };
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #check({ ids, mask, texts, length }: TokenBatch): void {
    const { maxPosition, vocabulary } = this.#description.text;
    if (ids.length !== texts * length || mask.length !== texts * length) {
      throw new AppError(
        'invalid-input',
        `${texts} texts of ${length} tokens need ${texts * length} ids and mask values, got ${ids.length} and ${mask.length}.`,
      );
    }
    if (length < 1 || length > maxPosition) {
      throw new AppError('invalid-input', `A text has 1 to ${maxPosition} tokens, got ${length}.`);
    }
    const foreign = ids.find((id) => id < 0n || id >= BigInt(vocabulary));
    if (foreign !== undefined) {
      throw new AppError(
        'invalid-input',
        `Token id ${foreign} is outside the model's vocabulary of ${vocabulary}.`,
      );
    }
  }
}
