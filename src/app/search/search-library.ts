import { AppError } from '../../domain/errors.js';
import type { Moment } from '../../domain/moment.js';
import type { CatalogReader } from '../../ports/catalog.js';
import type { ClipFinder } from '../../ports/clip-finder.js';
import type { ClipSearcher } from '../../ports/clip-index.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import type { Metrics } from '../../ports/metrics.js';
import { followCatalog } from '../follow-catalog.js';
import { type Explanation, Stopwatch } from './explanation.js';
import { findMoments, type MomentRules } from './find-moments.js';
import { fuseRanks } from './fuse-ranks.js';
import type { MomentReader } from './moment-reader.js';
import { NearestClips } from './nearest-clips.js';
import { queryVector, type VisualQueryDependencies } from './query-vector.js';
import { NO_GOOD_MATCH_BELOW, type RelevanceScale } from './relevance-scale.js';
import { RERANKED_MOMENTS, rerankMoments } from './rerank-moments.js';
import { readCursor, searchName, startOfPage, writeCursor } from './search-cursor.js';
import { assertValid, DEFAULT_LIMIT, type QueryPart, type SearchRequest, textOf } from './search-request.js';
import type { StoredClips } from './stored-clips.js';

export interface SearchDependencies {
  catalog: CatalogReader;
  finder: ClipFinder;
  index: ClipSearcher;
  textEncoder: TextEncoder;
  /** Absent: images and video files are refused as queries. */
  visual?: VisualQueryDependencies | undefined;
  /** Absent: results have no relevance. */
  relevance?: Pick<RelevanceScale, 'current'> | undefined;
  /** Absent, as where there is no way to look at stored clips again: `rerank` is refused. */
  momentReader?: Pick<MomentReader, 'scores'> | undefined;
  /** Absent: `explain` does not say which frames were looked at. */
  stored?: Pick<StoredClips, 'frameTimes'> | undefined;
  /** Hears how long the stages of each search took. */
  metrics?: Pick<Metrics, 'recordStage'> | undefined;
}

export interface FoundMoment extends Moment {
  /** Share of unrelated queries that find nothing this near in the library, 0 to 1; null where nothing is known of it. */
  relevance: number | null;
  /** What the re-ranker says of it; only of those it read. */
  matchScore?: number;
  /** Seconds of the frames the model looked at; null when they cannot be told any more, and of all but the first `EXPLAINED_MOMENTS`. Only when an explanation is wanted. */
  frameTimes?: number[] | null;
}

export interface SearchResult {
  /** Best first; fewer than asked for only when the library holds no more. */
  moments: FoundMoment[];
  /** Absent on the last page. */
  nextCursor?: string;
  /** The best moment of all is no nearer than what unrelated queries find. */
  noGoodMatch: boolean;
  explanation: Explanation;
}

/** Fused lists are made of no fewer moments: one that is far down in what it shows may be first in words. */
const LEAST_FUSED = 200;
/** Videos whose words fit that take part. */
const FUSED_VIDEOS = 100;
/** Moments whose frames are told: each of their videos is a file that ffmpeg is asked about. */
export const EXPLAINED_MOMENTS = 100;

/**
 * Finds the moments of the library that fit a query best.
 * @throws AppError `invalid-input` for a request out of range, and what decoding and encoding a query throw.
 */
export async function searchLibrary(
  dependencies: SearchDependencies,
  request: SearchRequest,
): Promise<SearchResult> {
  assertValid(request);
  const { catalog, index, textEncoder, metrics } = dependencies;
  const { query, limit = DEFAULT_LIMIT, filter = {}, groupBy = 'clip', exact = false, signal } = request;
  const watch = new Stopwatch();
  await followCatalog(index, catalog);
  const vector = await watch.time('encode', () => queryVector(query, dependencies, signal));
  const search = searchName(vector, request);
  const cursor = request.cursor === undefined ? undefined : readCursor(request.cursor, search);
  const lastClipId = cursor?.lastClipId ?? index.lastClipId;
  const rules: MomentRules = { filter, groupBy, lastClipId, except: stretchesOf(query) };

  const nearest = await watch.time('find', () => NearestClips.open(dependencies, vector, filter, exact));
  // One more than the page holds tells whether there is a next one.
  const wanted = Math.min(cursor?.shown ?? 0, index.size) + limit + 1;
  const ranked = await rank(dependencies, request, { vector, nearest, rules, wanted, watch });
  const start = startOfPage(
    ranked.map(({ clipId }) => clipId),
    cursor,
  );
  const page = ranked.slice(start, start + limit);

  const scale = isOnlyText(query) ? dependencies.relevance : undefined;
  const relevanceOf = await watch.time('relevance', async () => scale?.current());
  const bestScore = ranked.reduce((best, { score }) => Math.max(best, score), Number.NEGATIVE_INFINITY);
  const { name, fingerprint } = textEncoder.model;
  const explanation: Explanation = {
    method: nearest.method,
    model: { name, fingerprint },
    clipsSearched: index.size,
    milliseconds: watch.milliseconds(),
  };
  for (const [stage, milliseconds] of Object.entries(explanation.milliseconds)) {
    metrics?.recordStage(`search-${stage}`, milliseconds);
  }
  const last = page.at(-1);
  const isLastPage = last === undefined || ranked.length <= start + limit;
  const moments = page.map((moment) => ({ ...moment, relevance: relevanceOf?.(moment.score) ?? null }));
  return {
    moments: request.explain ? await withFrameTimes(moments, dependencies.stored, signal) : moments,
    noGoodMatch: ranked.length === 0 || (relevanceOf?.(bestScore) ?? 1) < NO_GOOD_MATCH_BELOW,
    explanation,
    ...(isLastPage
      ? {}
      : {
          nextCursor: writeCursor({
            search,
            lastClipId,
            shown: start + page.length,
            lastShownClipId: last.clipId,
          }),
        }),
  };
}

async function withFrameTimes(
  moments: readonly FoundMoment[],
  stored: SearchDependencies['stored'],
  signal?: AbortSignal,
): Promise<FoundMoment[]> {
  const frameTimes = await stored?.frameTimes(moments.slice(0, EXPLAINED_MOMENTS), signal);
  return moments.map((moment, place) => ({ ...moment, frameTimes: frameTimes?.[place] ?? null }));
}

interface Ranking {
  vector: Embedding;
  nearest: NearestClips;
  rules: MomentRules;
  wanted: number;
  watch: Stopwatch;
}

/** By what the moments show; if wished, by words as well, and the best of them read again. */
async function rank(
  dependencies: SearchDependencies,
  { query, hybrid = false, rerank = false, signal }: SearchRequest,
  { vector, nearest, rules, wanted, watch }: Ranking,
): Promise<(Moment & { matchScore?: number })[]> {
  const { finder } = dependencies;
  const text = textOf(query) ?? '';
  const least = Math.max(hybrid ? LEAST_FUSED : 0, rerank ? RERANKED_MOMENTS : 0);
  const depth = Math.max(wanted, least);
  let ranked = (await watch.time('find', () => findMoments(nearest, finder, rules, depth))).slice(0, depth);
  if (hybrid) {
    ranked = await watch.time('words', async () => {
      const videoIds = await finder.videosByWords(text, rules.filter, FUSED_VIDEOS);
      const found = new Set(ranked.map(({ videoId }) => videoId));
      const others = videoIds.filter((videoId) => !found.has(videoId));
      return fuseRanks([...ranked, ...(await bestOf(dependencies, others, vector, rules))], videoIds);
    });
  }
  if (!rerank) return ranked;
  const { momentReader } = dependencies;
  if (momentReader === undefined) {
    throw new AppError('invalid-input', 'This service has no re-ranker.', { hint: 'Search without rerank.' });
  }
  return watch.time('rerank', () => rerankMoments(momentReader, text, ranked, signal));
}

/** The best moment of each of some videos that pass, best first. */
async function bestOf(
  dependencies: SearchDependencies,
  videoIds: readonly string[],
  vector: Embedding,
  rules: MomentRules,
): Promise<Moment[]> {
  if (videoIds.length === 0) return [];
  const filter = { ...rules.filter, videoIds };
  const nearest = await NearestClips.open(dependencies, vector, filter, true);
  return findMoments(nearest, dependencies.finder, { ...rules, filter, groupBy: 'video' }, videoIds.length);
}

function isOnlyText(query: readonly QueryPart[]): boolean {
  return query.length === 1 && query[0]!.kind === 'text';
}

/** A stretch of the library that is asked about is not its own answer. */
function stretchesOf(query: readonly QueryPart[]): MomentRules['except'] {
  return query.flatMap((part) =>
    part.kind === 'clip'
      ? [
          {
            videoId: part.videoId,
            startSeconds: part.startSeconds ?? 0,
            endSeconds: part.endSeconds ?? Number.POSITIVE_INFINITY,
          },
        ]
      : [],
  );
}
