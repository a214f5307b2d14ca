import type { ModelEngine, TextEncoding, VideoEncoding } from '../../model/engine.js';
import type { CaseTensors } from './case-tensors.js';
import { type Comparison, compareRelative } from './comparison.js';

/** Runs a classification model on the case's clips and compares what the case expects. */
export async function runClassificationCase(
  name: string,
  expected: CaseTensors,
  engine: ModelEngine,
): Promise<Comparison[]> {
  const [batch] = expected.shape('pixel_values', 5);
  const computed = await engine.classify(expected.floats('pixel_values'), batch!);
  return (['features', 'logits'] as const)
    .filter((tensor) => expected.has(tensor))
    .map((tensor) => compareRelative({ case: name, tensor }, computed[tensor], expected.floats(tensor)));
}

/** Runs every pass of a retrieval model on the case's clips and texts and compares what the case expects. */
export async function runRetrievalCase(
  name: string,
  expected: CaseTensors,
  engine: ModelEngine,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  const compare = (tensor: string, actual: Float32Array, counts?: (position: number) => boolean) => {
    if (!expected.has(tensor)) return;
    comparisons.push(compareRelative({ case: name, tensor }, actual, expected.floats(tensor), counts));
  };

  const [clips] = expected.shape('pixel_values', 5);
  const video = await engine.encodeVideo(expected.floats('pixel_values'), clips!);
  compare('vision_embeds', video.visionEmbeds);
  compare('pooled', video.pooled);
  compare('vision_proj', video.projected);
  if (!expected.has('input_ids')) return comparisons;

  const [texts, length] = expected.shape('input_ids', 2);
  const tokens = {
    texts: texts!,
    length: length!,
    ids: BigInt64Array.from(expected.floats('input_ids'), BigInt),
    mask: Int32Array.from(expected.floats('attention_mask')),
  };
  const text = await engine.encodeText(tokens);
  const hidden = text.textEmbeds.length / (texts! * length!);
  // What the encoder makes of padding is nobody's business.
  compare('text_embeds', text.textEmbeds, (position) => tokens.mask[Math.floor(position / hidden)] === 1);
  compare('text_proj', text.projected);
  compare('similarity_video_by_text', similarities(video, clips!, text, texts!));

  if (expected.has('itm_text_by_video')) {
    const scores = new Float32Array(texts! * clips!);
    for (let index = 0; index < texts!; index++) {
      const one = {
        texts: 1,
        length: length!,
        textEmbeds: text.textEmbeds.slice(index * length! * hidden, (index + 1) * length! * hidden),
        mask: tokens.mask.slice(index * length!, (index + 1) * length!),
      };
      const videos = { videos: clips!, visionEmbeds: video.visionEmbeds };
      scores.set(await engine.matchScores(one, videos), index * clips!);
    }
    compare('itm_text_by_video', scores);
  }
  return comparisons;
}

/** Inner products [B, Nt] of the clips' and the texts' vectors. */
function similarities(video: VideoEncoding, clips: number, text: TextEncoding, texts: number): Float32Array {
  const width = text.embedding.length / texts;
  return Float32Array.from({ length: clips * texts }, (_, pair) => {
    const clip = Math.floor(pair / texts) * width;
    const query = (pair % texts) * width;
    let sum = 0;
    for (let i = 0; i < width; i++) sum += video.embedding[clip + i]! * text.embedding[query + i]!;
    return sum;
  });
}
