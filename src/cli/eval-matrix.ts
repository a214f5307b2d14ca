import { annotatedMatrix } from '../app/evaluation/annotated-matrix.js';
import { datasetNamed, evaluationSet } from '../app/evaluation/datasets/datasets.js';
import { evaluateMatrix, type NamedMatrix } from '../app/evaluation/evaluate-matrix.js';
import type { EvaluationSet } from '../app/evaluation/evaluation-set.js';
import { readMatrix, readText } from '../app/evaluation/read-matrix.js';
import type { EvaluationReport } from '../app/evaluation/report.js';
import { AppError } from '../domain/errors.js';
import type { DrawOptions } from './eval-options.js';

export interface MatrixFlags {
  dataset?: string | undefined;
  annotations?: string | undefined;
  list?: string | undefined;
  'text-ids'?: string | undefined;
  'video-ids'?: string | undefined;
  fuse?: string | undefined;
  'fuse-text-ids'?: string | undefined;
  'fuse-video-ids'?: string | undefined;
}

/** Evaluates a matrix; with a data set's annotations also against the order of its captions. */
export async function matrixReport(
  file: string,
  flags: MatrixFlags,
  draw: DrawOptions,
): Promise<EvaluationReport> {
  const set = await annotatedSet(flags);
  const given = await namedMatrix(file, flags['text-ids'], flags['video-ids']);
  const fuse =
    flags.fuse === undefined
      ? undefined
      : await namedMatrix(flags.fuse, flags['fuse-text-ids'], flags['fuse-video-ids']);
  const annotated = set === undefined ? { matrix: given, captions: undefined } : annotatedMatrix(given, set);
  return evaluateMatrix({ ...annotated, fuse, ...draw });
}

async function namedMatrix(file: string, textIds?: string, videoIds?: string): Promise<NamedMatrix> {
  return {
    name: file,
    scores: await readMatrix(file),
    textIds: await readIds(textIds),
    videoIds: await readIds(videoIds),
  };
}

async function readIds(file: string | undefined): Promise<string[] | undefined> {
  if (file === undefined) return undefined;
  const lines = (await readText(file)).split(/\r\n|\r|\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '');
}

async function annotatedSet({
  dataset = 'own',
  annotations,
  list,
}: MatrixFlags): Promise<EvaluationSet | undefined> {
  if (annotations === undefined) return undefined;
  const text = await readText(annotations);
  const name = datasetNamed(dataset, text);
  if (name === undefined)
    throw new AppError('invalid-input', `There is no data set ${JSON.stringify(dataset)}.`);
  const listed = list === undefined ? undefined : { text: await readText(list), file: list };
  return evaluationSet(name, { text, file: annotations }, listed);
}
