import Table from 'cli-table3';
import { compareReports } from '../app/evaluation/compare-reports.js';
import { readText } from '../app/evaluation/read-matrix.js';
import type { EvaluationReport } from '../app/evaluation/report.js';
import { AppError } from '../domain/errors.js';
import { resultLine } from './result-line.js';
import type { Terminal } from './terminal.js';

export interface CompareFlags {
  seed: number;
  rows: string | undefined;
  json: boolean | undefined;
}

/** `videre eval compare A.json B.json`: differences of B from A with interval and p. */
export async function runCompare(
  terminal: Terminal,
  files: readonly string[],
  { seed, rows, json }: CompareFlags,
): Promise<void> {
  const [first, second, ...rest] = files;
  if (first === undefined || second === undefined || rest.length > 0) {
    throw new AppError('invalid-input', `compare takes two report.json files, not ${files.length}.`);
  }
  const pair = rows?.split(',');
  if (pair !== undefined && pair.length !== 2) {
    throw new AppError('invalid-input', `--rows takes two names with a comma, not ${JSON.stringify(rows)}.`);
  }
  const [a, b] = [await readReport(first), await readReport(second)];
  const compared = compareReports(a, b, seed, pair && [pair[0]!, pair[1]!]);
  if (json) {
    const entries = compared.flatMap(({ name, difference, interval: [low, high], p }) => [
      [`${name}.difference`, difference],
      [`${name}.difference.ci95_low`, low],
      [`${name}.difference.ci95_high`, high],
      [`${name}.p`, p],
    ]);
    const partial = { 'a.run.partial': a.partial ? 1 : 0, 'b.run.partial': b.partial ? 1 : 0 };
    terminal.line(resultLine({ ...Object.fromEntries(entries), ...partial }));
    return;
  }
  const table = new Table({
    head: ['', 'A', 'B', 'B - A', '95 % interval', 'p'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, first, second, difference, interval, p } of compared) {
    const [low, high] = interval.map((value) => value.toFixed(2));
    table.push([
      name,
      first.toFixed(2),
      second.toFixed(2),
      difference.toFixed(2),
      `${low} to ${high}`,
      p.toFixed(4),
    ]);
  }
  terminal.line(table.toString());
  for (const [label, { partial }] of [
    ['A', a],
    ['B', b],
  ] as const) {
    if (partial) terminal.line(`${label} is a partial run.`);
  }
  terminal.line(
    'Paired over the same queries; sign-flip permutation test and bootstrap, videos kept together.',
  );
}

async function readReport(file: string): Promise<EvaluationReport> {
  let report: Partial<EvaluationReport>;
  try {
    report = JSON.parse(await readText(file));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid-input', `${file} is not valid JSON.`, { cause });
  }
  if (report.format !== 'videre-evaluation/1' || !report.rows || !report.texts || !report.videoIds) {
    throw new AppError('invalid-input', `${file} is no report of videre eval.`);
  }
  return report as EvaluationReport;
}
