import { Tensor } from 'onnxruntime-node';
import { AppError } from '../../domain/errors.js';
import { textGraph } from '../../model/bert/text-graph.js';
import type { RetrievalBundle } from '../../model/bundle.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import { OnnxSession, type OnnxSessionOptions } from './onnx-session.js';

/** Token ids of N texts padded to one length L. */
export interface TokenBatch {
  texts: number;
  length: number;
  /** [N, L] */
  ids: BigInt64Array;
  /** 1 = token, 0 = padding, [N, L] */
  mask: Int32Array;
}

export interface TextEncoding {
  /** [N, L, hidden]; rows of padding mean nothing. */
  textEmbeds: Float32Array;
  /** Unit vectors in the shared space, [N, D]. */
  projected: Float32Array;
}

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
    const { text_embeds: textEmbeds, projected } = await this.#session.run(inputs, [
      'text_embeds',
      'projected',
    ]);
    return { textEmbeds, projected };
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

/** @throws AppError `invalid-input` when the bundle is no retrieval model. */
export function requireRetrieval({ description }: LoadedBundle): RetrievalBundle {
  if (description.kind !== 'retrieval') {
    throw new AppError(
      'invalid-input',
      `Model ${description.name} is a ${description.kind} model; reading text needs a retrieval model.`,
    );
  }
  return description;
}
