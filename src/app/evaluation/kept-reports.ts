import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../domain/errors.js';

/** An evaluation that was kept, as a list shows it. */
export interface KeptReport {
  /** Of its folder. */
  name: string;
  dataset: string;
  /** Null for a matrix of scores. */
  modelName: string | null;
  createdAt: string;
  partial: boolean;
  texts: number;
  /** Of the first row, in percent; null where it has no such direction. */
  textToVideoRecallAt1: number | null;
  videoToTextRecallAt1: number | null;
}

const direction = z.object({ metrics: z.object({ r1: z.number() }) });
/** As much of an `EvaluationReport` as the list needs: a folder may hold what is no report, or a later format's. */
const listed = z.object({
  dataset: z.string(),
  createdAt: z.string(),
  partial: z.boolean(),
  model: z.object({ name: z.string() }).nullable(),
  texts: z.array(z.unknown()),
  rows: z.array(z.object({ t2v: direction.optional(), v2t: direction.optional() })).min(1),
});

/** Where a data folder keeps its evaluations, one folder each. */
export function reportsFolder(dataFolder: string): string {
  return join(dataFolder, 'reports');
}

/** A name for the folder of a new report: what it measured, and when. */
export function reportName(dataset: string, at: Date): string {
  return `${dataset}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
}

/** All reports in the folder, newest first; what is no report is passed over. */
export async function keptReports(folder: string): Promise<KeptReport[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const reports = await Promise.all(names.map((name) => readListed(folder, name)));
  return reports
    .filter((report) => report !== undefined)
    .sort((left, right) => right.createdAt.localeCompare(left.createdAt));
}

/**
 * The page of a report.
 * @throws AppError `not-found`.
 */
export async function keptReportPage(folder: string, name: string): Promise<string> {
  // A name as the list gives it, never a path.
  const known = await readdir(folder).catch((): string[] => []);
  const page = known.includes(name)
    ? await readFile(join(folder, name, 'report.html'), 'utf8').catch(() => undefined)
    : undefined;
  if (page !== undefined) return page;
  throw new AppError('not-found', `There is no evaluation ${JSON.stringify(name)}.`, {
    hint: 'GET /v1/evaluations lists them.',
  });
}

async function readListed(folder: string, name: string): Promise<KeptReport | undefined> {
  try {
    const report = listed.parse(JSON.parse(await readFile(join(folder, name, 'report.json'), 'utf8')));
    const { t2v, v2t } = report.rows[0]!;
    return {
      name,
      dataset: report.dataset,
      modelName: report.model?.name ?? null,
      createdAt: report.createdAt,
      partial: report.partial,
      texts: report.texts.length,
      textToVideoRecallAt1: t2v?.metrics.r1 ?? null,
      videoToTextRecallAt1: v2t?.metrics.r1 ?? null,
    };
  } catch {
    return undefined;
  }
}
