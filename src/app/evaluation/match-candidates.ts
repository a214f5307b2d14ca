import type { Reranker, RerankText } from '../../ports/reranker.js';
import { bestOfEach } from './rerank.js';
import type { ScoreMatrix, VideoOfText } from './score-matrix.js';

export interface MatchedCandidates {
  /** Matching logits, [texts, videos]; NaN where nobody asked. */
  scores: Float32Array;
  /** The candidates of each text, and of each video. */
  videosOfText: Int32Array[];
  textsOfVideo: Int32Array[];
}

/** Reads the tokens of the video at a position. */
export type TokensOf = (video: number) => Promise<Float32Array>;

/**
 * Lets the re-ranker read the best `k` of each text and of each video. A pair that both directions want is read once,
 * and all texts of a video together, so that its keys and values are computed once.
 * @param onVideo called after each video
 */
export async function matchCandidates(
  similarity: ScoreMatrix,
  described: readonly RerankText[],
  tokensOf: TokensOf,
  k: number,
  reranker: Reranker,
  onVideo: () => void,
  signal?: AbortSignal,
): Promise<MatchedCandidates> {
  const videosOfText = bestOfEach(similarity, 'rows', k);
  const textsOfVideo = bestOfEach(similarity, 'columns', k);
  const wanted = textsOfVideo.map((texts) => new Set(texts));
  for (const [text, videos] of videosOfText.entries()) for (const video of videos) wanted[video]!.add(text);

  const scores = new Float32Array(similarity.texts * similarity.videos).fill(Number.NaN);
  for (const [video, texts] of wanted.entries()) {
    const asked = [...texts];
    const tokens = await tokensOf(video);
    const matching = await reranker.scores(
      asked.map((text) => described[text]!),
      { tokens },
      signal,
    );
    asked.forEach((text, position) => {
      scores[text * similarity.videos + video] = matching[position]!;
    });
    onVideo();
  }
  return { scores, videosOfText, textsOfVideo };
}

/** Items of the block that is read in full, for the self-check. */
const BLOCK_ITEMS = 48;
/** With fewer, a few hundred orders exist and no order can be improbable. */
const LEAST_ITEMS = 8;

/** What two ways of scoring say of the same texts and videos, every text with every video. */
export interface MatrixPair {
  name: string;
  first: ScoreMatrix;
  second: ScoreMatrix;
  videoOfText: VideoOfText;
}

/**
 * Similarity and matching scores of the first videos, each with its first text, read in full.
 * @returns undefined when there are too few to tell anything.
 */
export async function matchBlock(
  similarity: ScoreMatrix,
  videoOfText: VideoOfText,
  described: readonly RerankText[],
  tokensOf: TokensOf,
  reranker: Reranker,
  signal?: AbortSignal,
): Promise<MatrixPair | undefined> {
  const textOfVideo = new Map<number, number>();
  for (const [text, video] of videoOfText.entries()) {
    if (!textOfVideo.has(video)) textOfVideo.set(video, text);
  }
  const items = [...textOfVideo.entries()].slice(0, BLOCK_ITEMS);
  const size = items.length;
  if (size < LEAST_ITEMS) return undefined;
  const asked = items.map(([, text]) => described[text]!);
  const first = new Float32Array(size * size);
  const second = new Float32Array(size * size);
  for (const [column, [video]] of items.entries()) {
    const matching = await reranker.scores(asked, { tokens: await tokensOf(video) }, signal);
    items.forEach(([, text], row) => {
      first[row * size + column] = similarity.values[text * similarity.videos + video]!;
      second[row * size + column] = matching[row]!;
    });
  }
  const matrix = (values: Float32Array): ScoreMatrix => ({ texts: size, videos: size, values });
  return {
    name: 'The re-ranker',
    first: matrix(first),
    second: matrix(second),
    videoOfText: Int32Array.from(items.keys()),
  };
}
