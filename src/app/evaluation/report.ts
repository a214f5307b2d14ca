import { bootstrapIntervals, type Intervals } from './bootstrap.js';
import type { MissingVideo } from './each-video.js';
import { type RetrievalMetrics, retrievalMetrics, tieBounds } from './metrics.js';
import type { Ranks } from './ranks.js';
import type { SelfCheck } from './self-check.js';

export type Direction = 't2v' | 'v2t';

/** One way of scoring, in one direction. */
export interface DirectionReport {
  metrics: RetrievalMetrics;
  intervals: Intervals;
  /** The metrics with all ties decided for and against the model, where that changes one of them. */
  ties: { optimistic: RetrievalMetrics; pessimistic: RetrievalMetrics } | null;
  queries: number;
  gallery: number;
  /** Rank of each query, in the order of `EvaluationReport.texts` (t2v) or of the videos that have texts (v2t). */
  ranks: number[];
}

export interface RowReport {
  /** `embedding`, `index`, `itm`, `qbnorm`, `dsl`, or empty for a matrix. */
  name: string;
  title: string;
  /** How scores came about; transductive rows say so here. */
  note: string;
  t2v?: DirectionReport;
  v2t?: DirectionReport;
}

/** A text whose video was not first. */
export interface Failure {
  query: string;
  rank: number;
  truth: string;
  first: string;
  /** Files, for thumbnails; absent for a matrix. */
  truthPath?: string;
  firstPath?: string;
}

export interface EvaluationReport {
  format: 'videre-evaluation/1';
  dataset: string;
  protocol: string;
  /** True when videos are missing or the run was limited: figures of a smaller gallery flatter the model. */
  partial: boolean;
  missing: MissingVideo[];
  deviations: string[];
  model: { name: string; fingerprint: string; kernel: string } | null;
  settings: Record<string, string | number | boolean>;
  videoIds: readonly string[];
  /** For each text its id and its video's position in `videoIds`. */
  texts: { id: string; video: number }[];
  rows: RowReport[];
  selfCheck: SelfCheck;
  /** Of the first row, worst first. */
  failures: Failure[];
  /** Block means of the first row's scores, truth on the diagonal, [size, size]. */
  heatMap: { size: number; values: number[] };
  seconds: Record<string, number>;
  createdAt: string;
}

export function directionReport(
  ranks: Ranks,
  gallery: number,
  seed: number,
  resamples: number,
): DirectionReport {
  return {
    metrics: retrievalMetrics(ranks.best),
    intervals: bootstrapIntervals(ranks.best, ranks.videoOfQuery, seed, resamples),
    ties: tieBounds(ranks) ?? null,
    queries: ranks.best.length,
    gallery,
    ranks: Array.from(ranks.best),
  };
}

/** Every figure by its name, as scripts read them: `itm.t2v.r1`, `itm.t2v.r1.ci95_low`, `selfcheck.flagged`. */
export function namedResults({
  rows,
  selfCheck,
  partial,
  missing,
}: Pick<EvaluationReport, 'rows' | 'selfCheck' | 'partial' | 'missing'>): Record<string, number> {
  const results: Record<string, number> = { 'run.partial': partial ? 1 : 0, 'run.missing': missing.length };
  for (const row of rows) {
    for (const direction of ['t2v', 'v2t'] as const) {
      const report = row[direction];
      if (report === undefined) continue;
      const prefix = row.name === '' ? direction : `${row.name}.${direction}`;
      for (const name of ['r1', 'r5', 'r10', 'meanr', 'mdr', 'mnr'] as const) {
        results[`${prefix}.${name}`] = report.metrics[name];
        const [low, high] = report.intervals[name];
        results[`${prefix}.${name}.ci95_low`] = low;
        results[`${prefix}.${name}.ci95_high`] = high;
        if (report.ties === null) continue;
        results[`${prefix}.${name}.optimistic`] = report.ties.optimistic[name];
        results[`${prefix}.${name}.pessimistic`] = report.ties.pessimistic[name];
      }
    }
  }
  if (selfCheck.alignmentP !== null) results['selfcheck.alignment_p'] = selfCheck.alignmentP;
  results['selfcheck.flagged'] = selfCheck.flagged ? 1 : 0;
  results['selfcheck.shuffled_r1'] = selfCheck.shuffledR1;
  return results;
}
