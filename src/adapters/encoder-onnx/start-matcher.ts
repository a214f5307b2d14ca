import { Tensor } from 'onnxruntime-node';
import { oneVideoFusionGraph } from '../../model/bert/one-video-fusion-graph.js';
import { modelInfo } from '../../model/model-info.js';
import { preprocessClip } from '../../model/preprocess/preprocess-clip.js';
import { loadBundle } from '../../model/read-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import { TextTokenizer } from '../../model/tokenizer.js';
import { usableEmbedding } from '../../model/usable-embedding.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import type { ClipFrames } from '../../ports/encoders.js';
import { floatTensor, OnnxSession } from '../onnx-session/onnx-session.js';
import { choosePrecision } from './choose-precision.js';
import { TextEngine } from './text-engine.js';
import { VideoEngine } from './video-engine.js';
import type { EngineWorkerData, RunningEncoder } from './worker-operations.js';

/** What the matching thread is asked; what it answers is a list of float arrays. */
export type MatchRequest =
  /** Answer: for each text its embedding [D] and its tokens [L, hidden], one after the other. */
  | { ask: 'texts'; texts: readonly string[] }
  /** Answer: embedding [D] and patch tokens [T'P, C]. */
  | { ask: 'video'; clip: ClipFrames }
  /** Answer: one array, the matching logit of each text. */
  | { ask: 'scores'; texts: readonly Float32Array[]; video: Float32Array };

/**
 * Both encoders and the re-ranker of a bundle, in the thread it is called on.
 * @throws AppError `file-not-found` or `invalid-model` when the bundle cannot be loaded, `invalid-input` when it is no
 * retrieval model.
 */
export async function startMatcher(
  { bundleDirectory, threads }: EngineWorkerData,
  kernel: BlockKernel,
): Promise<RunningEncoder<MatchRequest>> {
  const bundle = await loadBundle(bundleDirectory);
  const description = requireRetrieval(bundle);
  const { text, video, projection, preprocessing } = description;
  // A retrieval bundle read from a folder always has its tokenizer.
  const tokenizer = await TextTokenizer.load(bundle.tokenizerPath!, text.maxTokens);
  const videoEngine = await VideoEngine.load(bundle, kernel, {
    threads,
    precision: choosePrecision(description, kernel),
  });
  const textEngine = await TextEngine.load(bundle, { threads });
  const fusion = await OnnxSession.create(oneVideoFusionGraph(bundle, description), { threads });

  const describeTexts = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const batch = tokenizer.encode(texts);
    const { embedding, textEmbeds } = await textEngine.encode(batch);
    return texts.flatMap((words, index) => {
      const start = index * batch.length;
      const length = batch.mask.subarray(start, start + batch.length).reduce((sum, one) => sum + one, 0);
      return [
        usableEmbedding(embedding.slice(index * projection, (index + 1) * projection), JSON.stringify(words)),
        textEmbeds.slice(start * text.hidden, (start + length) * text.hidden),
      ];
    });
  };

  const describeVideo = async (clip: ClipFrames): Promise<Float32Array[]> => {
    const pixels = preprocessClip(clip, video, preprocessing);
    const { embedding, visionEmbeds } = await videoEngine.encode(pixels, 1);
    return [usableEmbedding(embedding, 'a clip'), visionEmbeds];
  };

  const score = async (texts: readonly Float32Array[], vision: Float32Array): Promise<Float32Array[]> => {
    const { tokens, mask, length } = padded(texts, text.hidden);
    const inputs = {
      text_embeds: floatTensor(tokens, [texts.length, length, text.hidden]),
      mask: new Tensor('int32', mask, [texts.length, length]),
      vision_embeds: floatTensor(vision, [1, videoGeometry(video).tokens - 1, video.width]),
    };
    return [(await fusion.run(inputs, ['scores'])).scores];
  };

  return {
    model: modelInfo(bundle, description, kernel.name),
    encode(request) {
      switch (request.ask) {
        case 'texts':
          return describeTexts(request.texts);
        case 'video':
          return describeVideo(request.clip);
        case 'scores':
          return score(request.texts, request.video);
      }
    },
    async close() {
      await Promise.all([videoEngine.close(), textEngine.close(), fusion.close()]);
    },
  };
}

/** Texts of [L, hidden] each as one block, L of the longest, with its mask. */
function padded(texts: readonly Float32Array[], hidden: number) {
  const length = Math.max(...texts.map((tokens) => tokens.length)) / hidden;
  const tokens = new Float32Array(texts.length * length * hidden);
  const mask = new Int32Array(texts.length * length);
  texts.forEach((text, row) => {
    tokens.set(text, row * length * hidden);
    mask.fill(1, row * length, row * length + text.length / hidden);
  });
  return { tokens, mask, length };
}
