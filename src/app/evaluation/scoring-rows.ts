import type { ClipIndex } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import type { Reranker, RerankText } from '../../ports/reranker.js';
import { dualSoftmax } from './dual-softmax.js';
import { indexRanks, textQueries, videoQueries } from './index-ranks.js';
import { type MatrixPair, matchBlock, matchCandidates, type TokensOf } from './match-candidates.js';
import { queryBankNormalized } from './query-bank.js';
import { type Ranks, textToVideoRanks, videoToTextRanks } from './ranks.js';
import { type DirectionReport, directionReport, type RowReport } from './report.js';
import { rerankedScores } from './rerank.js';
import { innerProducts, type ScoreMatrix, type VideoOfText } from './score-matrix.js';
import type { UpperBound } from './self-check.js';

/** What every row is made from. */
export interface Encoded {
  texts: readonly Embedding[];
  videos: readonly Embedding[];
  /** Inner products of the two. */
  similarity: ScoreMatrix;
  videoOfText: VideoOfText;
  seed: number;
  resamples: number;
}

export function embeddingRow(encoded: Encoded): RowReport {
  return {
    name: 'embedding',
    title: 'Dual encoder, exact',
    note: 'inner product of two vectors, every text with every video',
    ...bothDirections(encoded, encoded.similarity, encoded.similarity),
  };
}

/** @param emptyIndex makes an index of the kind that serves searches; one for videos, one for texts */
export async function indexRow(encoded: Encoded, emptyIndex: () => Promise<ClipIndex>): Promise<RowReport> {
  const { texts, videos, videoOfText } = encoded;
  const ofTexts = await indexRanks(await emptyIndex(), videos, textQueries(texts, videoOfText));
  const ofVideos = await indexRanks(await emptyIndex(), texts, videoQueries(videos, videoOfText));
  return {
    name: 'index',
    title: 'Dual encoder, HNSW index as served',
    note: 'approximate; what the index does not return counts as last, so MdR and MnR are upper bounds',
    t2v: measured(encoded, ofTexts, videos.length),
    v2t: measured(encoded, ofVideos, texts.length),
  };
}

/** @param bank vectors of captions of the training split, at least one */
export function queryBankRow(encoded: Encoded, bank: readonly Embedding[]): RowReport {
  const { similarity, videos, videoOfText } = encoded;
  const normalized = queryBankNormalized(similarity, innerProducts(bank, videos));
  return {
    name: 'qbnorm',
    title: `QB-Norm, ${bank.length} training captions`,
    note: 'dynamic inverted softmax over a bank of training captions (beta 20); text to video alone',
    t2v: measured(encoded, textToVideoRanks(normalized, videoOfText), videos.length),
  };
}

export function dualSoftmaxRow(encoded: Encoded): RowReport {
  const { similarity } = encoded;
  return {
    name: 'dsl',
    title: 'Dual softmax (transductive)',
    note: 'TRANSDUCTIVE: each score is weighted by a softmax over the whole test set (scale 100); no service can do this',
    ...bothDirections(encoded, dualSoftmax(similarity, 'texts'), dualSoftmax(similarity, 'videos')),
  };
}

export interface Reranking {
  reranker: Reranker;
  described: readonly RerankText[];
  tokensOf: TokensOf;
  k: number;
  onVideo: () => void;
}

/** The re-ranked row with what the self-check needs of it: its upper bounds, and a block that was read in full. */
export async function rerankedRow(
  encoded: Encoded,
  { reranker, described, tokensOf, k, onVideo }: Reranking,
  signal?: AbortSignal,
): Promise<{ row: RowReport; bounds: UpperBound[]; pair: MatrixPair | undefined }> {
  const { similarity, videoOfText, texts, videos } = encoded;
  const matched = await matchCandidates(similarity, described, tokensOf, k, reranker, onVideo, signal);
  const directions = bothDirections(
    encoded,
    rerankedScores(similarity, matched.scores, 'rows', matched.videosOfText),
    rerankedScores(similarity, matched.scores, 'columns', matched.textsOfVideo),
  );
  const row = {
    name: 'itm',
    title: `Re-ranked, best ${Math.min(k, Math.max(videos.length, texts.length))} by ITM`,
    note: 'the best by inner product read again by the matching head; ties by inner product, all others below',
    ...directions,
  };
  const bound = (direction: 't2v' | 'v2t', { best }: Ranks): UpperBound => ({
    name: `itm.${direction}.r1`,
    value: directions[direction].metrics.r1,
    bound: (100 * best.filter((rank) => rank <= k).length) / best.length,
    why: `right answers among the best ${k} by inner product`,
  });
  const bounds = [
    bound('t2v', textToVideoRanks(similarity, videoOfText)),
    bound('v2t', videoToTextRanks(similarity, videoOfText)),
  ];
  const pair = await matchBlock(similarity, videoOfText, described, tokensOf, reranker, signal);
  return { row, bounds, pair };
}

function bothDirections(encoded: Encoded, forTexts: ScoreMatrix, forVideos: ScoreMatrix) {
  const { videoOfText, texts, videos } = encoded;
  return {
    t2v: measured(encoded, textToVideoRanks(forTexts, videoOfText), videos.length),
    v2t: measured(encoded, videoToTextRanks(forVideos, videoOfText), texts.length),
  };
}

function measured({ seed, resamples }: Encoded, ranks: Ranks, gallery: number): DirectionReport {
  return directionReport(ranks, gallery, seed, resamples);
}
