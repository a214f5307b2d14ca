import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oddRetrieval, oddVideo, randomBundle, randomFloats } from '../../../test/support/random-bundle.js';
import { preprocessClip } from '../../model/preprocess/preprocess-clip.js';
import { TextTokenizer } from '../../model/tokenizer.js';
import { writeBundle } from '../../model/write-bundle.js';
import type { ClipFrames } from '../../ports/encoders.js';
import { loadScanKernel } from '../scan/load-scan-kernel.js';
import { OnnxEngine } from './onnx-engine.js';
import { OnnxReranker } from './onnx-reranker.js';

const workerModule = new URL('../../engine-worker.ts', import.meta.url);
/** Of different lengths, more than fit one batch of the text encoder, the last longer than the model reads. */
const texts = Array.from({ length: 70 }, (_, index) => ['a cat', 'dog runs on grass', 'sleeps'][index % 3]!)
  .map((text, index) => `${text}${' runs'.repeat(index % 4)}`)
  .concat('a dog '.repeat(20));

let folder: string;
let engine: OnnxEngine;
let reranker: OnnxReranker;
let tokenizer: TextTokenizer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videre-reranker-'));
  const bundleDirectory = join(folder, 'bundle');
  const bundle = await writeBundle(randomBundle(oddRetrieval), bundleDirectory);
  engine = await OnnxEngine.load(bundle, loadScanKernel(), { threads: 1 });
  tokenizer = await TextTokenizer.load(bundle.tokenizerPath!, oddRetrieval.text.maxTokens);
  reranker = await OnnxReranker.load({ bundleDirectory, workerModule, threads: 1 });
});

afterAll(async () => {
  await Promise.all([reranker.close(), engine.close()]);
  await rm(folder, { recursive: true });
});

function clip(seed: number): ClipFrames {
  const [width, height] = [20, 15];
  const frames = Array.from({ length: oddVideo.frames }, (_, frame) =>
    Uint8Array.from(randomFloats(width * height * 3, seed * 100 + frame), (value) => (value + 1) * 127),
  );
  return { width, height, frames };
}

function encodedByEngine(shown: ClipFrames) {
  return engine.encodeVideo(preprocessClip(shown, oddVideo, oddRetrieval.preprocessing), 1);
}

describe('OnnxReranker', () => {
  it('describes a clip with the vector and the tokens of the engine', async () => {
    const { embedding, visionEmbeds } = await encodedByEngine(clip(1));
    expect(await reranker.describeVideo(clip(1))).toEqual({ embedding, tokens: visionEmbeds });
  });

  it('takes frames that are views of one buffer', async () => {
    const whole = clip(2);
    const size = whole.frames[0]!.length;
    const memory = new Uint8Array(size * oddVideo.frames);
    const frames = whole.frames.map((frame, index) => {
      memory.set(frame, index * size);
      return memory.subarray(index * size, (index + 1) * size);
    });
    expect(await reranker.describeVideo({ ...whole, frames })).toEqual(await reranker.describeVideo(whole));
  });

  it('scores each text with the video as the reference graph does one pair at a time', async () => {
    const { visionEmbeds } = await encodedByEngine(clip(3));
    const described = await reranker.describeTexts(texts);
    const scores = await reranker.scores(described, { tokens: visionEmbeds });
    for (const [index, text] of texts.entries()) {
      const tokens = tokenizer.encode([text]);
      const { textEmbeds, embedding } = await engine.encodeText(tokens);
      const [expected] = await engine.matchScores(
        { texts: 1, length: tokens.length, textEmbeds, mask: tokens.mask },
        { videos: 1, visionEmbeds },
      );
      expect(scores[index]).toBeCloseTo(expected!, 4);
      embedding.forEach((value, i) => {
        expect(described[index]!.embedding[i]).toBeCloseTo(value, 5);
      });
    }
    // A score that did not depend on the text would pass for any padding.
    expect(new Set(scores).size).toBeGreaterThan(8);
  });

  it('stops between batches for a caller that gave up', async () => {
    const signal = AbortSignal.abort();
    await expect(reranker.describeTexts(texts, signal)).rejects.toMatchObject({ code: 'cancelled' });
    const tokens = new Float32Array(1);
    await expect(
      reranker.scores(await reranker.describeTexts(['a cat']), { tokens }, signal),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
