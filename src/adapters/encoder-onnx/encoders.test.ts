import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oddRetrieval, oddVideo, randomBundle, randomFloats } from '../../../test/support/random-bundle.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import { preprocessClip } from '../../model/preprocess/preprocess-clip.js';
import { TextTokenizer } from '../../model/tokenizer.js';
import { writeBundle } from '../../model/write-bundle.js';
import type { ClipFrames } from '../../ports/encoders.js';
import { loadScanKernel } from '../scan/load-scan-kernel.js';
import { OnnxEngine } from './onnx-engine.js';
import { OnnxTextEncoder } from './onnx-text-encoder.js';
import { OnnxVideoEncoder } from './onnx-video-encoder.js';

const workerModule = new URL('../../engine-worker.ts', import.meta.url);

let folder: string;
let bundle: LoadedBundle;
let engine: OnnxEngine;
let video: OnnxVideoEncoder;
let text: OnnxTextEncoder;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videre-encoders-'));
  const bundleDirectory = join(folder, 'bundle');
  bundle = await writeBundle(randomBundle(oddRetrieval), bundleDirectory);
  engine = await OnnxEngine.load(bundle, loadScanKernel(), { threads: 1 });
  const options = { bundleDirectory, workerModule, threads: 1 };
  [video, text] = await Promise.all([OnnxVideoEncoder.load(options), OnnxTextEncoder.load(options)]);
});

afterAll(async () => {
  await Promise.all([video.close(), text.close(), engine.close()]);
  await rm(folder, { recursive: true });
});

function clip(seed: number, { width, height } = { width: 20, height: 15 }): ClipFrames {
  const frames = Array.from({ length: oddVideo.frames }, (_, frame) =>
    Uint8Array.from(randomFloats(width * height * 3, seed * 100 + frame), (value) => (value + 1) * 127),
  );
  return { width, height, frames };
}

describe('OnnxVideoEncoder', () => {
  it('gives the vectors that the engine gives for the preprocessed clips, in order', async () => {
    const clips = [clip(1), clip(2, { width: 12, height: 12 }), clip(3)];
    const vectors = await video.encode(clips);
    for (const [index, each] of clips.entries()) {
      const pixels = preprocessClip(each, oddVideo, oddRetrieval.preprocessing);
      expect(vectors[index]).toEqual((await engine.encodeVideo(pixels, 1)).embedding);
    }
  });

  it('leaves the frames to the caller, shared ones and views into a larger buffer included', async () => {
    const whole = clip(4);
    const size = whole.frames[0]!.length;
    const memory = new Uint8Array(size * oddVideo.frames + 7);
    const views = whole.frames.map((frame, index) => {
      memory.set(frame, 7 + index * size);
      return memory.subarray(7 + index * size, 7 + (index + 1) * size);
    });
    const [first] = await video.encode([whole]);
    const [second, third] = await video.encode([
      { ...whole, frames: views },
      { ...whole, frames: views },
    ]);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(views[0]).toEqual(whole.frames[0]);
  });

  it('describes the model', () => {
    expect(video.model).toEqual({
      name: 'random',
      fingerprint: bundle.fingerprint,
      dimension: 10,
      framesPerClip: 6,
      clips: oddRetrieval.clips,
      kernel: loadScanKernel().name,
    });
    expect(text.model).toEqual(video.model);
  });

  it('hands an error of the worker to the caller with its code, and goes on', async () => {
    const short = { ...clip(5), frames: clip(5).frames.slice(1) };
    await expect(video.encode([short])).rejects.toMatchObject({ name: 'AppError', code: 'invalid-input' });
    expect(await video.encode([clip(5)])).toHaveLength(1);
  });

  it('stops between clips when the caller gives up', async () => {
    const controller = new AbortController();
    const encoding = video.encode(new Array(200).fill(clip(6)), controller.signal);
    controller.abort();
    await expect(encoding).rejects.toMatchObject({ code: 'cancelled' });
    expect(await video.encode([clip(6)])).toHaveLength(1);
  });

  it('refuses a folder that holds no bundle, with the reason', async () => {
    const empty = { bundleDirectory: join(folder, 'nowhere'), workerModule, threads: 1 };
    await expect(OnnxVideoEncoder.load(empty)).rejects.toMatchObject({ code: 'file-not-found' });
    const damaged = join(folder, 'damaged');
    await writeBundle(randomBundle(oddRetrieval), damaged);
    await writeFile(join(damaged, 'weights.safetensors'), 'not weights');
    await expect(OnnxTextEncoder.load({ ...empty, bundleDirectory: damaged })).rejects.toMatchObject({
      code: 'invalid-model',
    });
  });
});

describe('OnnxTextEncoder', () => {
  it('gives one unit vector a text, the same in any company', async () => {
    const texts = ['a cat', 'A dog runs, on grass!', '', ...new Array<string>(20).fill('the cat sleeps')];
    const vectors = await text.encode(texts);
    expect(vectors).toHaveLength(texts.length);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    const [alone] = await text.encode(['a cat']);
    expect(Math.hypot(...alone!.map((value, index) => value - vectors[0]![index]!))).toBeLessThan(1e-5);
    expect(await text.encode([])).toEqual([]);
  });

  it('remembers a text, however it is written, and gives each caller a vector of its own', async () => {
    const [first, same] = await text.encode(['A cat sleeps!', 'a cat  sleeps']);
    expect(same).toEqual(first);
    const again = async () => (await text.encode(['a cat sleeps']))[0]!;
    const kept = await again();
    expect(kept).toEqual(first);
    kept.fill(0);
    expect(await again()).toEqual(first);
  });

  it('gives the vectors that the engine gives for the tokenizer’s ids', async () => {
    const tokenizer = await TextTokenizer.load(bundle.tokenizerPath!, oddRetrieval.text.maxTokens);
    const { embedding } = await engine.encodeText(tokenizer.encode(['a dog sleeps']));
    expect(await text.encode(['A dog, sleeps'])).toEqual([embedding]);
  });
});
