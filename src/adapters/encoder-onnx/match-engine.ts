import { Tensor } from 'onnxruntime-node';
import { AppError } from '../../domain/errors.js';
import { fusionGraph } from '../../model/bert/fusion-graph.js';
import type { RetrievalBundle } from '../../model/bundle.js';
import type { MatchTexts, MatchVideos } from '../../model/engine.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import { floatTensor, OnnxSession, type OnnxSessionOptions } from '../onnx-session/onnx-session.js';

/** The re-ranker of a retrieval bundle: BERT's fusion layers and the matching head. */
export class MatchEngine {
  readonly #description: RetrievalBundle;
  readonly #session: OnnxSession;

  private constructor(description: RetrievalBundle, session: OnnxSession) {
    this.#description = description;
    this.#session = session;
  }

  /**
   * @throws AppError `invalid-input` when the bundle reads no text, `invalid-model` when its weights do not fit.
   */
  static async load(bundle: LoadedBundle, options: OnnxSessionOptions): Promise<MatchEngine> {
    const description = requireRetrieval(bundle);
    const session = await OnnxSession.create(fusionGraph(bundle, description), options);
    return new MatchEngine(description, session);
  }

  /**
   * The matching logit of each pair, [max(N, M)]: texts and videos pair up one to one, and a single one of either
   * meets all of the other.
   * @throws AppError `invalid-input` when the counts or the tensors' lengths do not fit.
   */
  async scores(texts: MatchTexts, videos: MatchVideos): Promise<Float32Array> {
    this.#check(texts, videos);
    const { text, video } = this.#description;
    const { tokens } = videoGeometry(video);
    const inputs = {
      text_embeds: floatTensor(texts.textEmbeds, [texts.texts, texts.length, text.hidden]),
      mask: new Tensor('int32', texts.mask, [texts.texts, texts.length]),
      vision_embeds: floatTensor(videos.visionEmbeds, [videos.videos, tokens - 1, video.width]),
    };
    return (await this.#session.run(inputs, ['scores'])).scores;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #check({ texts, length, textEmbeds, mask }: MatchTexts, { videos, visionEmbeds }: MatchVideos): void {
    const { text, video } = this.#description;
    const visionValues = (videoGeometry(video).tokens - 1) * video.width;
    if (texts !== videos && texts !== 1 && videos !== 1) {
      throw new AppError(
        'invalid-input',
        `Texts and videos must be equally many, or one of either; got ${texts} texts and ${videos} videos.`,
      );
    }
    if (
      textEmbeds.length !== texts * length * text.hidden ||
      mask.length !== texts * length ||
      visionEmbeds.length !== videos * visionValues
    ) {
      throw new AppError(
        'invalid-input',
        `${texts} texts of [${length}, ${text.hidden}] and ${videos} videos of ${visionValues} values expected, ` +
          `got ${textEmbeds.length} text, ${mask.length} mask and ${visionEmbeds.length} video values.`,
      );
    }
  }
}
