import { AppError } from '../../domain/errors.js';
import { type PairedDifference, pairedDifference } from './paired-test.js';
import type { EvaluationReport } from './report.js';

export interface ComparedMetric extends PairedDifference {
  /** As in results: `itm.t2v.r1`. */
  name: string;
  first: number;
  second: number;
}

/**
 * Two runs on the same queries, metric by metric for every row both have.
 * @param rows which row of each run, where their names differ (`embedding` of one with `itm` of the other)
 * @throws AppError `invalid-input` when the runs did not ask the same texts of the same videos.
 */
export function compareReports(
  first: EvaluationReport,
  second: EvaluationReport,
  seed: number,
  rows?: readonly [string, string],
): ComparedMetric[] {
  assertSameQueries(first, second);
  const names = rows === undefined ? first.rows.map(({ name }) => [name, name] as const) : [rows];
  const compared: ComparedMetric[] = [];
  for (const [left, right] of names) {
    const pair = [
      first.rows.find(({ name }) => name === left),
      second.rows.find(({ name }) => name === right),
    ];
    if (rows !== undefined && pair.includes(undefined)) {
      const has = (report: EvaluationReport) => report.rows.map(({ name }) => name).join(', ');
      throw new AppError(
        'invalid-input',
        `There is no row ${left} in A (${has(first)}) or ${right} in B (${has(second)}).`,
      );
    }
    for (const direction of ['t2v', 'v2t'] as const) {
      const [a, b] = [pair[0]?.[direction], pair[1]?.[direction]];
      if (a === undefined || b === undefined) continue;
      const clusters =
        direction === 't2v'
          ? Int32Array.from(first.texts, ({ video }) => video)
          : Int32Array.from(a.ranks.keys());
      const label = left === right ? left : `${left}->${right}`;
      const prefix = label === '' ? direction : `${label}.${direction}`;
      for (const k of [1, 5, 10] as const) {
        const hits = (ranks: readonly number[]) => ranks.map((rank) => (rank <= k ? 100 : 0));
        const paired = pairedDifference(hits(a.ranks), hits(b.ranks), clusters, seed);
        compared.push({
          name: `${prefix}.r${k}`,
          first: a.metrics[`r${k}`],
          second: b.metrics[`r${k}`],
          ...paired,
        });
      }
      const paired = pairedDifference(a.ranks, b.ranks, clusters, seed);
      compared.push({ name: `${prefix}.mnr`, first: a.metrics.mnr, second: b.metrics.mnr, ...paired });
    }
  }
  return compared;
}

function assertSameQueries(first: EvaluationReport, second: EvaluationReport): void {
  const key = ({ texts, videoIds }: EvaluationReport) =>
    texts.map(({ id, video }) => `${id} ${videoIds[video]}`);
  const [left, right] = [key(first), key(second)];
  const different = left.findIndex((text, position) => text !== right[position]);
  if (left.length !== right.length || different !== -1 || first.videoIds.length !== second.videoIds.length) {
    throw new AppError(
      'invalid-input',
      `The runs did not ask the same: A has ${left.length} texts of ${first.videoIds.length} videos, B ${right.length} of ${second.videoIds.length}${different === -1 ? '' : `, and they differ at text ${different}`}.`,
      { hint: 'A paired test needs the same queries and the same gallery in both runs.' },
    );
  }
}
