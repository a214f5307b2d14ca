import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextEngine } from '../../src/adapters/encoder-onnx/text-engine.js';
import { FfmpegMediaReader } from '../../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { assembleClips } from '../../src/app/assemble-clips.js';
import { retrievalMetrics } from '../../src/app/evaluation/metrics.js';
import { labelsFromIds, textToVideoRanks } from '../../src/app/evaluation/ranks.js';
import { framesNeeded, planClips } from '../../src/app/plan-clips.js';
import { preprocessClip } from '../../src/model/preprocess/preprocess-clip.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import { loadBundle } from '../../src/model/read-bundle.js';
import { requireRetrieval } from '../../src/model/require-retrieval.js';
import { TextTokenizer } from '../../src/model/tokenizer.js';
import { loadEngine } from './load-engine.js';

const playground = fileURLToPath(new URL('../../models/playground', import.meta.url));

export interface Recall {
  clips: number;
  /** Text to video, in percent. */
  r1: { f32: number; int8: number };
  meanCosine: number;
  leastCosine: number;
}

/** Recall on the held-out test set with the same frames through both precisions; a video scores as its best clip. */
export async function playgroundRecall(limit: number): Promise<Recall> {
  const folder = join(playground, 'test');
  const annotations = JSON.parse(await readFile(join(folder, 'annotations.json'), 'utf8')) as {
    videos: { video_id: string; file: string }[];
    sentences: { video_id: string; caption: string }[];
  };
  const videos = annotations.videos.slice(0, limit);
  const ids = videos.map(({ video_id }) => video_id);
  const asked = annotations.sentences.filter(({ video_id }) => ids.includes(video_id));
  const texts = await encodeTexts(asked.map(({ caption }) => caption));
  const clips = await encodeVideos(videos.map(({ file }) => join(folder, file)));
  const ownVideo = labelsFromIds(
    asked.map(({ video_id }) => video_id),
    ids,
  );
  const r1 = (precision: 'f32' | 'int8') => {
    const values = texts.flatMap((text) =>
      clips.map((ofVideo) => Math.max(...ofVideo.map((clip) => dot(text, clip[precision])))),
    );
    const matrix = { texts: texts.length, videos: clips.length, values: Float64Array.from(values) };
    return retrievalMetrics(textToVideoRanks(matrix, ownVideo).worst).r1;
  };
  const cosines = clips
    .flat()
    .map(({ f32, int8 }) => dot(f32, int8) / Math.sqrt(dot(f32, f32) * dot(int8, int8)));
  return {
    clips: cosines.length,
    r1: { f32: r1('f32'), int8: r1('int8') },
    meanCosine: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length,
    leastCosine: Math.min(...cosines),
  };
}

interface EncodedClip {
  f32: Float32Array;
  int8: Float32Array;
}

/** The clips of each video. */
async function encodeVideos(paths: readonly string[]): Promise<EncodedClip[][]> {
  const bundle = await loadBundle(playground);
  const { video, preprocessing, clips: windowing } = bundle.description;
  const f32 = await loadEngine(bundle, 'f32');
  const int8 = await loadEngine(bundle, 'int8');
  const media = new FfmpegMediaReader();
  const encoded: EncodedClip[][] = [];
  for (const path of paths) {
    const info = await media.probe(path);
    const plan = planClips(info, windowing, video.frames, sampleFrameIndices);
    const clips: EncodedClip[] = [];
    for await (const { frames } of assembleClips(plan, media.frames(path, info, framesNeeded(plan)))) {
      const pixels = preprocessClip(frames, video, preprocessing);
      clips.push({ f32: await f32.embed(pixels, 1), int8: await int8.embed(pixels, 1) });
    }
    encoded.push(clips);
  }
  await Promise.all([f32.close(), int8.close()]);
  return encoded;
}

async function encodeTexts(texts: readonly string[]): Promise<Float32Array[]> {
  const bundle = await loadBundle(playground);
  const { text } = requireRetrieval(bundle);
  const tokenizer = await TextTokenizer.load(bundle.tokenizerPath!, text.maxTokens);
  const engine = await TextEngine.load(bundle, { threads: availableParallelism() });
  const vectors: Float32Array[] = [];
  for (const text of texts) vectors.push((await engine.encode(tokenizer.encode([text]))).embedding);
  await engine.close();
  return vectors;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
