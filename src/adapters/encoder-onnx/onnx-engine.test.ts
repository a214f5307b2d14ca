import { describe, expect, it } from 'vitest';
import { oddRetrieval, oddVideo, randomBundle, randomFloats } from '../../../test/support/random-bundle.js';
import { affine, referenceMatch, referenceText } from '../../../test/support/reference-bert.js';
import { unit } from '../../../test/support/reference-layers.js';
import { referencePooling, referenceTokens } from '../../../test/support/reference-videomamba.js';
import type { BundleDescription, VideoArchitecture } from '../../model/bundle.js';
import { bundleInMemory } from '../../model/bundle-in-memory.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import { availableScanKernels } from '../scan/load-scan-kernel.js';
import { OnnxEngine } from './onnx-engine.js';

const kernels = availableScanKernels();

async function load(description: BundleDescription, kernel = kernels[0]!) {
  const bundle = bundleInMemory(randomBundle(description));
  return { bundle, engine: await OnnxEngine.load(bundle, kernel, { threads: 1 }) };
}

/** Largest |difference| over largest |expected|. */
function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const difference = Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)));
  return difference / Math.max(...expected.map(Math.abs));
}

const tokens = (ids: number[][]) => {
  const length = Math.max(...ids.map((row) => row.length));
  const padded = ids.flatMap((row) => [...row, ...new Array<number>(length - row.length).fill(0)]);
  const mask = ids.flatMap((row) => Array.from({ length }, (_, i) => (i < row.length ? 1 : 0)));
  return { texts: ids.length, length, ids: BigInt64Array.from(padded, BigInt), mask: Int32Array.from(mask) };
};

describe('OnnxEngine against double-precision loops', () => {
  const shapes: [string, Partial<VideoArchitecture>][] = [
    ['sizes that nothing divides, tubes of 2 frames', {}],
    ['one patch a frame, one block, no time', { imageSize: 4, depth: 1, frames: 1, tubelet: 1 }],
    ['more tokens than go through a stage at once', { imageSize: 40, patchSize: 2, frames: 5, tubelet: 1 }],
    ['a convolution of one tap', { convWidth: 1 }],
    ['width of the vector units, 16 states', { width: 32, stateSize: 16, convWidth: 4, dtRank: 2 }],
  ];
  it.each(shapes)('encodes a video: %s', async (_, change) => {
    const video = { ...oddVideo, ...change };
    const { bundle, engine } = await load({ ...oddRetrieval, video });
    const pixels = randomFloats(videoGeometry(video).pixelValues, 5);
    const encoding = await engine.encodeVideo(pixels, 1);
    const expected = referenceTokens(bundle, pixels);
    const { pooled, projected, embedding } = referencePooling(bundle, expected);
    expect(relativeError(encoding.visionEmbeds, expected.slice(1).flat())).toBeLessThan(2e-5);
    expect(relativeError(encoding.pooled, pooled.flat())).toBeLessThan(2e-5);
    expect(relativeError(encoding.projected, projected.flat())).toBeLessThan(2e-5);
    expect(relativeError(encoding.embedding, embedding)).toBeLessThan(2e-5);
    await engine.close();
  });

  it.each(kernels.map((kernel) => [kernel.name, kernel] as const))(
    'classifies with the %s scan',
    async (_, kernel) => {
      const { text, projection, ...head } = oddRetrieval;
      const { bundle, engine } = await load({ ...head, kind: 'classification', classes: 7 }, kernel);
      const pixels = randomFloats(videoGeometry(oddVideo).pixelValues, 6);
      const [classToken] = referenceTokens(bundle, pixels);
      const { features, logits } = await engine.classify(pixels, 1);
      expect(relativeError(features, classToken!)).toBeLessThan(2e-5);
      expect(relativeError(logits, affine(bundle, 'head', classToken!))).toBeLessThan(2e-5);
      await engine.close();
    },
  );

  it('encodes texts of different lengths together as each alone, and matches every text with every video', async () => {
    const { bundle, engine } = await load(oddRetrieval);
    const ids = [
      [2, 5, 6, 8, 3],
      [2, 7, 3],
      [2, 5, 7, 9, 10, 11, 3],
    ];
    const batch = tokens(ids);
    const { textEmbeds, projected, embedding } = await engine.encodeText(batch);
    const pixels = randomFloats(2 * videoGeometry(oddVideo).pixelValues, 7);
    const { visionEmbeds } = await engine.encodeVideo(pixels, 2);
    const { hidden } = oddRetrieval.text;
    for (const [index, row] of ids.entries()) {
      const states = referenceText(bundle, row);
      const start = index * batch.length * hidden;
      const mine = textEmbeds.slice(start, start + row.length * hidden);
      expect(relativeError(mine, states.flat())).toBeLessThan(2e-5);
      const inSharedSpace = affine(bundle, 'text_proj', states[0]!);
      const width = oddRetrieval.projection;
      expect(relativeError(projected.slice(index * width, (index + 1) * width), inSharedSpace)).toBeLessThan(
        2e-5,
      );
      expect(
        relativeError(embedding.slice(index * width, (index + 1) * width), unit(inSharedSpace)),
      ).toBeLessThan(2e-5);

      const one = {
        texts: 1,
        length: batch.length,
        textEmbeds: textEmbeds.slice(start, start + batch.length * hidden),
        mask: batch.mask.slice(index * batch.length, (index + 1) * batch.length),
      };
      const scores = await engine.matchScores(one, { videos: 2, visionEmbeds });
      const expected = [0, 1].map((video) => {
        const clip = pixels.slice((video * pixels.length) / 2, ((video + 1) * pixels.length) / 2);
        return referenceMatch(bundle, states, referenceTokens(bundle, clip).slice(1));
      });
      expect(relativeError(scores, expected)).toBeLessThan(5e-5);
    }
    // The same pairs the other way round: all texts with one video.
    const values = visionEmbeds.length / 2;
    const all = { texts: 3, length: batch.length, textEmbeds, mask: batch.mask };
    const scores = await engine.matchScores(all, { videos: 1, visionEmbeds: visionEmbeds.slice(0, values) });
    expect(scores).toHaveLength(3);
    const last = referenceMatch(
      bundle,
      referenceText(bundle, ids[2]!),
      referenceTokens(bundle, pixels.slice(0, pixels.length / 2)).slice(1),
    );
    expect(scores[2]).toBeCloseTo(last, 4);
    await engine.close();
  });
});

describe('OnnxEngine', () => {
  it('gives a clip the same vector whatever shares its batch, and in whatever order batch sizes come', async () => {
    const { engine } = await load(oddRetrieval);
    const { pixelValues } = videoGeometry(oddVideo);
    const pixels = randomFloats(3 * pixelValues, 8);
    const together = (await engine.encodeVideo(pixels, 3)).embedding;
    for (const clip of [2, 0, 1]) {
      const alone = await engine.encodeVideo(pixels.slice(clip * pixelValues, (clip + 1) * pixelValues), 1);
      const width = oddRetrieval.projection;
      expect(
        relativeError(alone.embedding, [...together.slice(clip * width, (clip + 1) * width)]),
      ).toBeLessThan(1e-5);
    }
    await engine.close();
  });

  it('computes nearly the same on 8-bit integers', async () => {
    const video = { ...oddVideo, width: 64, stateSize: 16, dtRank: 4 };
    const bundle = bundleInMemory(randomBundle({ ...oddRetrieval, video }));
    const pixels = randomFloats(videoGeometry(video).pixelValues, 9);
    const [exact, rounded] = await Promise.all(
      (['f32', 'int8'] as const).map(async (precision) => {
        const engine = await OnnxEngine.load(bundle, kernels[0]!, { threads: 1, precision });
        const { embedding } = await engine.encodeVideo(pixels, 1);
        await engine.close();
        return embedding;
      }),
    );
    const error = relativeError(rounded!, [...exact!]);
    expect(error).toBeGreaterThan(1e-5);
    // Without VNNI, sums of two products may overflow.
    if (kernels[0]!.int8DotProduct) expect(error).toBeLessThan(0.03);
  });

  it('refuses operands that do not fit, and calls for a model of another kind', async () => {
    const { engine } = await load(oddRetrieval);
    const invalid = (message: RegExp) =>
      expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(message) });
    await expect(engine.encodeVideo(new Float32Array(10), 1)).rejects.toEqual(invalid(/1 clips? .* got 10/));
    await expect(engine.classify(new Float32Array(10), 1)).rejects.toEqual(invalid(/retrieval model/));
    await expect(engine.encodeText(tokens([[2, 99, 3]]))).rejects.toEqual(invalid(/99 .* 12/));
    const tooLong = tokens([Array.from({ length: 17 }, () => 5)]);
    await expect(engine.encodeText(tooLong)).rejects.toEqual(invalid(/1 to 16 tokens, got 17/));
    await engine.close();
  });

  it('names the tensor whose shape does not fit the architecture', async () => {
    const bundle = bundleInMemory(randomBundle(oddRetrieval));
    const wider = { ...bundle, description: { ...oddRetrieval, video: { ...oddVideo, dtRank: 4 } } };
    await expect(OnnxEngine.load(wider, kernels[0]!, { threads: 1 })).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining('layers.0.mixer.x_proj.weight has shape [19, 40]'),
    });
  });
});
