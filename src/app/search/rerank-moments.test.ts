import { expect, it } from 'vitest';
import { AppError } from '../../domain/errors.js';
import type { Moment } from '../../domain/moment.js';
import type { Reranker } from '../../ports/reranker.js';
import { MomentReader } from './moment-reader.js';
import { RecentTokens } from './recent-tokens.js';
import { RERANKED_MOMENTS, rerankMoments } from './rerank-moments.js';

/** Moments of scores that fall; how well each matches is `matches(clipId)`. */
function moments(count: number): Moment[] {
  return Array.from({ length: count }, (_, order) => ({
    clipId: order + 1,
    videoId: `video${order % 3}`,
    title: '',
    path: '',
    startSeconds: order,
    endSeconds: order + 1,
    score: 1 - order / 100,
  }));
}

/** A library whose clip is its frames is its tokens is its score, and what was asked of it. */
function library(matches: (clipId: number) => number, maxBytes?: number) {
  const decoded: number[] = [];
  let held = 0;
  const stored = {
    frames: async (moment: { startSeconds: number }) => {
      const clipId = moment.startSeconds + 1;
      decoded.push(clipId);
      held++;
      return {
        position: 0,
        frames: { width: 1, height: 1, frames: [Uint8Array.of(clipId)] },
        release: () => {
          held--;
        },
      };
    },
  };
  const reranker: Pick<Reranker, 'describeTexts' | 'describeVideo' | 'scores'> = {
    describeTexts: async () => [{ embedding: new Float32Array(), tokens: new Float32Array() }],
    describeVideo: async ({ frames }) => ({
      embedding: new Float32Array(),
      tokens: Float32Array.of(frames[0]![0]!),
    }),
    scores: async (_texts, { tokens }) => Float32Array.of(matches(tokens[0]!)),
  };
  const reader = new MomentReader(
    async () => reranker as Reranker,
    stored,
    ...(maxBytes === undefined ? [] : [new RecentTokens(maxBytes)]),
  );
  return { reader, reranker, decoded, held: () => held };
}

const ids = (found: readonly Moment[]) => found.map(({ clipId }) => clipId);

it('orders the best by how they match and leaves the rest', async () => {
  const { reader } = library((clipId) => clipId);
  const found = await rerankMoments(reader, 'a swan', moments(RERANKED_MOMENTS + 2));
  const best = Array.from({ length: RERANKED_MOMENTS }, (_, order) => RERANKED_MOMENTS - order);
  expect(ids(found)).toEqual([...best, RERANKED_MOMENTS + 1, RERANKED_MOMENTS + 2]);
  expect(found.map(({ matchScore }) => matchScore)).toEqual([...best, undefined, undefined]);
});

it('keeps the order of the vectors among those that match equally well', async () => {
  const { reader } = library((clipId) => (clipId === 4 ? 1 : 0));
  expect(ids(await rerankMoments(reader, 'a swan', moments(5)))).toEqual([4, 1, 2, 3, 5]);
});

it('decodes a clip once, however often it is asked about, and holds no frames', async () => {
  const { reader, decoded, held } = library((clipId) => -clipId);
  await rerankMoments(reader, 'a swan', moments(5));
  await rerankMoments(reader, 'a goose', moments(6));
  expect(decoded.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(held()).toBe(0);
});

it('forgets what was wanted longest ago when it has room for no more', async () => {
  const { reader, decoded } = library((clipId) => clipId, 2 * Float32Array.BYTES_PER_ELEMENT);
  const [first, second, third] = moments(3);
  for (const moment of [first!, second!, first!, third!, first!, second!]) {
    await rerankMoments(reader, 'a swan', [moment]);
  }
  expect(decoded).toEqual([1, 2, 3, 2]);
});

it('fails with the first failure, and holds no frames then', async () => {
  const { reader, reranker, decoded, held } = library(() => 0);
  const describeVideo = reranker.describeVideo;
  reranker.describeVideo = async (clip, signal) => {
    if (clip.frames[0]![0] === 3) throw new AppError('internal', 'no vector');
    signal?.throwIfAborted();
    return describeVideo(clip, signal);
  };
  await expect(rerankMoments(reader, 'a swan', moments(16))).rejects.toThrow('no vector');
  expect(held()).toBe(0);
  expect(decoded.length).toBeLessThan(16);
});

it('ends when nobody waits any more', async () => {
  const { reader, reranker, decoded } = library(() => 0);
  const control = new AbortController();
  const { scores } = reranker;
  reranker.scores = async (...asked) => {
    control.abort();
    return scores(...asked);
  };
  await expect(rerankMoments(reader, 'a swan', moments(16), control.signal)).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(decoded.length).toBeLessThan(16);
});
