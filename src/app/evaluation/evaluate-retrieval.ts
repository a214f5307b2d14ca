import { AppError } from '../../domain/errors.js';
import type { ClipIndex } from '../../ports/clip-index.js';
import { encodeGallery, type GalleryDependencies, type GalleryVideo } from './encode-gallery.js';
import type { EvaluationSet } from './evaluation-set.js';
import type { FeatureCache } from './feature-cache.js';
import type { FrameOrder } from './frame-orders.js';
import type { MatrixPair } from './match-candidates.js';
import { labelsFromIds } from './ranks.js';
import type { EvaluationReport, RowReport } from './report.js';
import { failuresOf, heatMapOf } from './report-details.js';
import { innerProducts } from './score-matrix.js';
import { dualSoftmaxRow, embeddingRow, indexRow, queryBankRow, rerankedRow } from './scoring-rows.js';
import { duplicateCaptionBound, selfCheck, type UpperBound } from './self-check.js';

export interface EvaluateDependencies extends GalleryDependencies {
  /** An empty index of the kind that serves searches. */
  emptyIndex(dimension: number): Promise<ClipIndex>;
}

export interface EvaluateRequest {
  set: EvaluationSet;
  videosFolder: string;
  /** Captions for QB-Norm beside those that came with the set; the row is left out when there are none at all. */
  bank: readonly string[];
  /** Candidates the re-ranker reads; 0 leaves the row out. */
  rerankK: number;
  frameOrder: FrameOrder;
  /** Only the first so many videos. */
  limit: number | undefined;
  seed: number;
  resamples: number;
}

export interface EvaluateListener {
  /** A stretch of work of so many steps begins. */
  stage(name: string, steps: number): void;
  step(): void;
}

/**
 * Evaluates a model on a retrieval set: encode, score, rank, check. Videos that are not there or cannot be decoded are
 * named in the report, which is marked partial then.
 * @throws AppError `invalid-input` when no video is left, `file-not-found` for the folder, `cancelled`.
 */
export async function evaluateRetrieval(
  request: EvaluateRequest,
  dependencies: EvaluateDependencies,
  listener: EvaluateListener,
  signal?: AbortSignal,
): Promise<EvaluationReport> {
  const { set, frameOrder, seed, resamples } = request;
  const { reranker, cache } = dependencies;
  const seconds: Record<string, number> = {};
  const timed = async <Result>(name: string, work: () => Promise<Result> | Result): Promise<Result> => {
    const start = performance.now();
    const result = await work();
    seconds[name] = (performance.now() - start) / 1000;
    return result;
  };

  const wanted = set.videos.slice(0, request.limit);
  listener.stage('videos', wanted.length);
  const gallery = await timed('videos', () =>
    encodeGallery(
      wanted,
      request.videosFolder,
      dependencies,
      frameOrder,
      seed,
      () => listener.step(),
      signal,
    ),
  );
  const videoIds = gallery.videos.map(({ id }) => id);
  const present = new Set(videoIds);
  const texts = set.texts.filter(({ videoId }) => present.has(videoId));
  if (texts.length === 0) {
    const first = gallery.missing[0];
    throw new AppError(
      'invalid-input',
      `None of the ${wanted.length} videos could be used${first === undefined ? '' : `; ${first.id}: ${first.reason}`}.`,
      { hint: 'Name the folder that holds them with --videos.' },
    );
  }
  const captions = texts.map(({ caption }) => caption);
  const videoOfText = labelsFromIds(
    texts.map(({ videoId }) => videoId),
    videoIds,
  );
  const bankCaptions = bankOf(set, request.bank);
  const described = await timed('texts', () => reranker.describeTexts(captions, signal));
  const bank = await timed('bank', () => reranker.describeTexts(bankCaptions, signal));

  const textVectors = described.map(({ embedding }) => embedding);
  const videoVectors = gallery.videos.map(({ embedding }) => embedding);
  const similarity = innerProducts(textVectors, videoVectors);
  const encoded = { texts: textVectors, videos: videoVectors, similarity, videoOfText, seed, resamples };

  const rows: RowReport[] = [embeddingRow(encoded)];
  const pairs: MatrixPair[] = [];
  const bounds: UpperBound[] = [];
  rows.push(
    await timed('index', () => indexRow(encoded, () => dependencies.emptyIndex(reranker.model.dimension))),
  );
  if (request.rerankK > 0) {
    listener.stage('re-ranking', videoIds.length);
    const reranking = {
      reranker,
      described,
      tokensOf: (video: number) => cachedTokens(gallery.videos[video]!, cache),
      k: request.rerankK,
      onVideo: () => listener.step(),
    };
    const reranked = await timed('rerank', () => rerankedRow(encoded, reranking, signal));
    rows.push(reranked.row);
    bounds.push(...reranked.bounds);
    if (reranked.pair !== undefined) pairs.push(reranked.pair);
  }
  if (bank.length > 0) {
    const vectors = bank.map(({ embedding }) => embedding);
    rows.push(queryBankRow(encoded, vectors));
  }
  rows.push(dualSoftmaxRow(encoded));

  const duplicateBound = duplicateCaptionBound(captions, videoOfText);
  for (const { name, t2v } of rows) {
    if (t2v === undefined) continue;
    bounds.push({
      name: `${name}.t2v.r1`,
      value: t2v.metrics.r1,
      bound: duplicateBound,
      why: 'equal captions cannot find different videos',
    });
  }
  const check = await timed('selfcheck', () =>
    selfCheck({ scores: similarity, videoOfText, captions, pairs, bounds, seed }),
  );
  const limited = wanted.length < set.videos.length;
  const { name, fingerprint, kernel } = reranker.model;
  return {
    format: 'videre-evaluation/1',
    dataset: set.name,
    protocol: set.protocol,
    partial: gallery.missing.length > 0 || limited,
    missing: gallery.missing,
    deviations: [
      ...set.deviations,
      ...(limited ? [`only the first ${wanted.length} of ${set.videos.length} videos were asked for`] : []),
    ],
    model: { name, fingerprint, kernel },
    settings: {
      frames: `${reranker.model.framesPerClip} frames a video, one clip over its whole length`,
      frameOrder,
      rerankK: request.rerankK,
      bankCaptions: bank.length,
      seed,
      resamples,
      featuresFromCache: gallery.fromCache,
    },
    videoIds,
    texts: texts.map(({ id }, text) => ({ id, video: videoOfText[text]! })),
    rows,
    selfCheck: check,
    failures: failuresOf(
      similarity,
      videoOfText,
      captions,
      videoIds,
      gallery.videos.map(({ path }) => path),
    ),
    heatMap: heatMapOf(similarity, videoOfText),
    seconds,
    createdAt: new Date().toISOString(),
  };
}

/** Captions for QB-Norm without those that are asked in the test. */
function bankOf({ trainingCaptions, texts }: EvaluationSet, given: readonly string[]): string[] {
  const asked = new Set(texts.map(({ caption }) => caption));
  return [...new Set([...trainingCaptions, ...given])].filter((caption) => !asked.has(caption));
}

async function cachedTokens({ id, contentHash }: GalleryVideo, cache: FeatureCache): Promise<Float32Array> {
  const features = await cache.read(contentHash);
  if (features !== undefined) return features.tokens;
  throw new AppError('corrupt-data', `The cached features of ${id} went away while they were needed.`, {
    hint: 'Run the evaluation again; what is there is used.',
  });
}
