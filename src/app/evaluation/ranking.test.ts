import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapIntervals } from './bootstrap.js';
import { dualSoftmax } from './dual-softmax.js';
import { retrievalMetrics, tieBounds } from './metrics.js';
import { pairedDifference } from './paired-test.js';
import { queryBankNormalized } from './query-bank.js';
import { permutation, seededRandom } from './random.js';
import { labelsFromIds, textToVideoRanks, videoToTextRanks } from './ranks.js';
import { bestOfEach, rerankedScores } from './rerank.js';
import type { ScoreMatrix, VideoOfText } from './score-matrix.js';

interface Case {
  scores: ScoreMatrix;
  videoOfText: VideoOfText;
}

/** Matrices of all shapes with up to 14 texts of up to 9 videos; videos with many texts and with none. */
function cases(values: (count: number) => fc.Arbitrary<number[]>): fc.Arbitrary<Case> {
  return fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 9 })).chain(([texts, videos]) =>
    fc
      .tuple(values(texts * videos), fc.array(fc.nat(videos - 1), { minLength: texts, maxLength: texts }))
      .map(([given, labels]) => ({
        scores: { texts, videos, values: Float32Array.from(given) },
        videoOfText: Int32Array.from(labels),
      })),
  );
}

/** Five levels: hardly a matrix without ties. */
const tied = cases((count) =>
  fc.array(fc.integer({ min: -2, max: 2 }), { minLength: count, maxLength: count }),
);
const tieFree = cases((count) =>
  fc.uniqueArray(fc.integer({ min: -(2 ** 23), max: 2 ** 23 }), { minLength: count, maxLength: count }),
);

function rowsOf({ texts, videos, values }: ScoreMatrix): number[][] {
  return Array.from({ length: texts }, (_, row) => [...values.slice(row * videos, (row + 1) * videos)]);
}

function transposed({ texts, videos, values }: ScoreMatrix): ScoreMatrix {
  const turned = Float32Array.from(values, (_, i) => values[(i % texts) * videos + Math.floor(i / texts)]!);
  return { texts: videos, videos: texts, values: turned };
}

function textsOfVideo(videoOfText: VideoOfText, video: number): number[] {
  return [...videoOfText.keys()].filter((text) => videoOfText[text] === video);
}

/** The place of the first right answer in a sorted list, ties sorted for the right answers or against them. */
function naivePlace(scores: readonly number[], right: readonly number[], ties: 'won' | 'lost'): number {
  const sign = ties === 'won' ? 1 : -1;
  const order = scores
    .map((score, index) => ({ score, right: right.includes(index) }))
    .sort((a, b) => b.score - a.score || sign * (Number(b.right) - Number(a.right)));
  return 1 + order.findIndex((answer) => answer.right);
}

function naiveMetrics(ranks: readonly number[]) {
  const sorted = [...ranks].sort((a, b) => a - b);
  const recall = (k: number) => (100 * ranks.filter((rank) => rank <= k).length) / ranks.length;
  const middle = sorted.length / 2;
  const [r1, r5, r10] = [recall(1), recall(5), recall(10)];
  return {
    r1,
    r5,
    r10,
    meanr: (r1 + r5 + r10) / 3,
    mdr: sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    mnr: ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length,
  };
}

describe.each([
  ['with ties', tied],
  ['without ties', tieFree],
])('ranks and metrics %s, held against sorting everything', (_, matrices) => {
  it('text to video', () => {
    fc.assert(
      fc.property(matrices, ({ scores, videoOfText }) => {
        const ranks = textToVideoRanks(scores, videoOfText);
        const place = (ties: 'won' | 'lost') =>
          rowsOf(scores).map((row, text) => naivePlace(row, [videoOfText[text]!], ties));
        expect([...ranks.best]).toEqual(place('won'));
        expect([...ranks.worst]).toEqual(place('lost'));
        expect(retrievalMetrics(ranks.best)).toEqual(naiveMetrics(place('won')));
      }),
    );
  });

  it('video to text, the best of its texts counting', () => {
    fc.assert(
      fc.property(matrices, ({ scores, videoOfText }) => {
        const ranks = videoToTextRanks(scores, videoOfText);
        const columns = rowsOf(transposed(scores))
          .map((column, video) => ({ column, right: textsOfVideo(videoOfText, video) }))
          .filter(({ right }) => right.length > 0);
        const place = (ties: 'won' | 'lost') =>
          columns.map(({ column, right }) => naivePlace(column, right, ties));
        expect([...ranks.best]).toEqual(place('won'));
        expect([...ranks.worst]).toEqual(place('lost'));
        expect(retrievalMetrics(ranks.best)).toEqual(naiveMetrics(place('won')));
      }),
    );
  });
});

/**
 * The recalls of the reference's `itm_eval`: positions from 0 in an ascending argsort read backwards, R@K the share
 * below K, the least position where several texts are right. Its order of ties is its sort's, so there are none here.
 */
function referenceRecalls(scores: ScoreMatrix, rightOf: (row: number) => number[]): number[] {
  const positions = rowsOf(scores).map((row, query) => {
    const argsort = [...row.keys()].sort((a, b) => row[a]! - row[b]!).reverse();
    return Math.min(...rightOf(query).map((right) => argsort.indexOf(right)));
  });
  return [1, 5, 10].map((k) => (100 * positions.filter((at) => at < k).length) / positions.length);
}

it("gives the recalls of the reference's itm_eval on tie-free matrices", () => {
  const everyVideoHasText = tieFree.filter(
    ({ scores, videoOfText }) => new Set(videoOfText).size === scores.videos,
  );
  fc.assert(
    fc.property(everyVideoHasText, ({ scores, videoOfText }) => {
      const recalls = ({ best }: { best: Int32Array }) => {
        const { r1, r5, r10 } = retrievalMetrics(best);
        return [r1, r5, r10];
      };
      expect(recalls(textToVideoRanks(scores, videoOfText))).toEqual(
        referenceRecalls(scores, (text) => [videoOfText[text]!]),
      );
      expect(recalls(videoToTextRanks(scores, videoOfText))).toEqual(
        referenceRecalls(transposed(scores), (video) => textsOfVideo(videoOfText, video)),
      );
    }),
  );
});

it('shows what ties can do: of equal scores everything is first for the optimist and last for the pessimist', () => {
  const scores = { texts: 20, videos: 20, values: new Float32Array(400) };
  const ranks = textToVideoRanks(
    scores,
    Int32Array.from({ length: 20 }, (_, text) => text),
  );
  expect(tieBounds(ranks)).toMatchObject({
    optimistic: { r1: 100, mdr: 1 },
    pessimistic: { r1: 0, mdr: 20 },
  });
  const separate = { ...scores, values: scores.values.map((_, i) => i) };
  expect(tieBounds(textToVideoRanks(separate, new Int32Array(20)))).toBeUndefined();
});

it('labels texts by the id of their video, and names an id that is nowhere', () => {
  expect([...labelsFromIds(['b', 'a#0', 'a#1'], ['a', 'b'])]).toEqual([1, 0, 0]);
  expect(() => labelsFromIds(['c'], ['a', 'b'])).toThrow('"c"');
  expect(() => labelsFromIds(['a'], ['a', 'a'])).toThrow('"a" is there twice');
});

describe('bootstrap', () => {
  it('covers the true recall about 95 times of 100', () => {
    const random = seededRandom(5);
    const trials = 200;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const ranks = Int32Array.from({ length: 150 }, () => (random() < 0.4 ? 1 : 20));
      const [low, high] = bootstrapIntervals(ranks, Int32Array.from(ranks.keys()), trial, 300).r1;
      if (low <= 40 && 40 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.89);
    expect(covered / trials).toBeLessThan(0.99);
  });

  it('is wider where captions of a video are right and wrong together', () => {
    const random = seededRandom(6);
    const videos = Int32Array.from({ length: 600 }, (_, query) => Math.floor(query / 20));
    const ofVideo = Array.from({ length: 30 }, () => (random() < 0.5 ? 1 : 9));
    const ranks = videos.map((video) => ofVideo[video]!);
    const width = (clusters: Int32Array) => {
      const [low, high] = bootstrapIntervals(ranks, clusters, 1).r1;
      return high - low;
    };
    expect(width(videos)).toBeGreaterThan(3 * width(Int32Array.from(videos.keys())));
  });
});

describe('paired test', () => {
  const own = (count: number) => Int32Array.from({ length: count }, (_, query) => query);

  it("agrees with McNemar's exact test where each video has one query", () => {
    // 1 query only the first has right, 9 only the second: two binomial tails, 2 * (1 + 10) / 2^10.
    const first = Array.from({ length: 60 }, (_, query) => (query < 1 || query >= 10 ? 100 : 0));
    const second = Array.from({ length: 60 }, (_, query) => (query < 1 ? 0 : 100));
    const { difference, p, interval } = pairedDifference(first, second, own(60), 3);
    expect(difference).toBeCloseTo((100 * 8) / 60);
    expect(p).toBeGreaterThan(0.015);
    expect(p).toBeLessThan(0.029);
    expect(interval[0]).toBeGreaterThan(0);
  });

  it('does not take captions of one video for independent', () => {
    const videos = Int32Array.from({ length: 80 }, (_, query) => Math.floor(query / 20));
    const { p } = pairedDifference(new Array(80).fill(0), new Array(80).fill(100), videos, 3);
    // Four videos, all better: 2 / 2^4 is the least there can be; 80 independent queries would say 1e-24.
    expect(p).toBeGreaterThan(0.1);
    expect(p).toBeLessThan(0.15);
  });

  it('finds no difference between a run and itself', () => {
    const hits = [100, 0, 100, 0];
    expect(pairedDifference(hits, hits, own(4), 3)).toMatchObject({ difference: 0, p: 1, interval: [0, 0] });
  });
});

/** Text i fits video i, and every text likes video 0, a hub. */
function withHub(size: number): ScoreMatrix {
  const random = seededRandom(9);
  const values = Float32Array.from({ length: size * size }, (_, cell) => {
    const [text, video] = [Math.floor(cell / size), cell % size];
    return (text === video ? 0.3 : 0) + (video === 0 ? 0.35 : 0) + 0.05 * random();
  });
  return { texts: size, videos: size, values };
}

describe('normalizations', () => {
  const size = 30;
  const diagonal = Int32Array.from({ length: size }, (_, text) => text);
  const r1 = (scores: ScoreMatrix) => retrievalMetrics(textToVideoRanks(scores, diagonal).best).r1;

  it('QB-Norm moves a hub aside by a bank that holds no test query', () => {
    const both = rowsOf(withHub(2 * size)).map((row) => row.slice(0, size));
    const [scores, bank] = [both.slice(0, size), both.slice(size)].map((rows) => ({
      texts: size,
      videos: size,
      values: Float32Array.from(rows.flat()),
    })) as [ScoreMatrix, ScoreMatrix];
    expect(r1(scores)).toBeLessThan(20);
    expect(r1(queryBankNormalized(scores, bank))).toBe(100);
  });

  it("QB-Norm leaves a text alone whose best video is no bank caption's", () => {
    const scores = { texts: 1, videos: 2, values: Float32Array.of(0.25, 0.5) };
    const bank = { texts: 1, videos: 2, values: Float32Array.of(1, 0) };
    expect([...queryBankNormalized(scores, bank).values]).toEqual([0.25, 0.5]);
  });

  it('dual softmax equals its formula, in both directions', () => {
    const scores = withHub(4);
    const cells = rowsOf(scores);
    const softmax = (line: number[], at: number) =>
      Math.exp(20 * line[at]!) / line.reduce((sum, value) => sum + Math.exp(20 * value), 0);
    const overTexts = dualSoftmax(scores, 'texts', 20).values;
    const overVideos = dualSoftmax(scores, 'videos', 20).values;
    cells.forEach((row, text) => {
      row.forEach((value, video) => {
        const column = cells.map((each) => each[video]!);
        expect(overTexts[text * 4 + video]).toBeCloseTo(value * softmax(column, text), 12);
        expect(overVideos[text * 4 + video]).toBeCloseTo(value * softmax(row, video), 12);
      });
    });
    expect(r1(dualSoftmax(withHub(size), 'texts'))).toBe(100);
  });
});

describe('re-ranking', () => {
  it('puts candidates first by matching score, ties by similarity, and the rest by similarity', () => {
    const scores = { texts: 1, videos: 5, values: Float32Array.of(0.5, 0.4, 0.3, 0.2, 0.1) };
    const matching = Float32Array.of(-1, 2, 2, Number.NaN, Number.NaN);
    const candidates = bestOfEach(scores, 'rows', 3);
    expect([...candidates[0]!]).toEqual([0, 1, 2]);
    const { values } = rerankedScores(scores, matching, 'rows', candidates);
    const order = [...values.keys()].sort((left, right) => values[right]! - values[left]!);
    expect(order).toEqual([1, 2, 0, 3, 4]);
  });

  it('moves nothing across the edge of the candidates, in either direction', () => {
    const k = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(tieFree, k, fc.integer(), ({ scores, videoOfText }, count, seed) => {
        const matching = Float32Array.from(permutation(scores.values.length, seededRandom(seed)));
        const t2v = rerankedScores(scores, matching, 'rows', bestOfEach(scores, 'rows', count));
        const v2t = rerankedScores(scores, matching, 'columns', bestOfEach(scores, 'columns', count));
        for (const [before, after] of [
          [textToVideoRanks(scores, videoOfText), textToVideoRanks(t2v, videoOfText)],
          [videoToTextRanks(scores, videoOfText), videoToTextRanks(v2t, videoOfText)],
        ] as const) {
          before.best.forEach((rank, query) => {
            if (rank > count) expect(after.best[query]).toBe(rank);
            else expect(after.best[query]).toBeLessThanOrEqual(count);
          });
        }
      }),
    );
  });
});
