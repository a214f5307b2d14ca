import { join, resolve } from 'node:path';
import { parseAnnotations } from '../app/evaluation/datasets/annotation-records.js';
import { DATASETS, datasetNamed, evaluationSet } from '../app/evaluation/datasets/datasets.js';
import { evaluateRetrieval } from '../app/evaluation/evaluate-retrieval.js';
import type { EvaluationSet } from '../app/evaluation/evaluation-set.js';
import { FRAME_ORDERS, type FrameOrder } from '../app/evaluation/frame-orders.js';
import { readText } from '../app/evaluation/read-matrix.js';
import type { EvaluationReport } from '../app/evaluation/report.js';
import { DEFAULT_RERANK_K } from '../app/evaluation/rerank.js';
import { openEvaluation } from '../composition/open-evaluation.js';
import { AppError } from '../domain/errors.js';
import { EtaBar } from './eta-bar.js';
import { type DrawOptions, wholeNumber } from './eval-options.js';
import { interruptSignal } from './interrupt.js';
import { SHIPPED_BUNDLE } from './settings/table.js';
import { readModelSettings } from './settings.js';
import { printable, type Terminal } from './terminal.js';

export interface ModelFlags {
  dataset?: string | undefined;
  videos?: string | undefined;
  annotations?: string | undefined;
  list?: string | undefined;
  bank?: string | undefined;
  'time-test'?: string | undefined;
  'rerank-k'?: string | undefined;
  rerank?: boolean | undefined;
  limit?: string | undefined;
  data?: string | undefined;
  bundle?: string | undefined;
}

/** Evaluates the bundle on a data set. */
export async function modelReport(
  terminal: Terminal,
  flags: ModelFlags,
  { seed, resamples }: DrawOptions,
): Promise<EvaluationReport> {
  const { set, videosFolder } = await readSet(flags);
  const frameOrder = frameOrderOf(flags['time-test']);
  const bar = new EtaBar(terminal);
  const signal = interruptSignal();
  const request = {
    set,
    videosFolder,
    bank: await readBank(flags, set),
    rerankK: flags.rerank === false ? 0 : wholeNumber('rerank-k', flags['rerank-k'], DEFAULT_RERANK_K, 1),
    frameOrder,
    limit: flags.limit === undefined ? undefined : wholeNumber('limit', flags.limit, 0, 1),
    seed,
    resamples,
  };
  const variant = frameOrder === 'shuffled' ? `shuffled-${seed}` : frameOrder;
  const dependencies = await openEvaluation(await readModelSettings(flags), variant);
  try {
    const report = await evaluateRetrieval(
      request,
      dependencies,
      { stage: (name, steps) => bar.start(name, steps), step: () => bar.step() },
      signal,
    );
    bar.stop();
    for (const { id, reason } of report.missing)
      terminal.note(`missing  ${printable(id)}  ${printable(reason)}`);
    return report;
  } finally {
    bar.stop();
    await dependencies.close();
  }
}

/** @throws AppError `invalid-input` for a data set there is not, or without its files. */
async function readSet({ dataset, videos, annotations, list }: ModelFlags): Promise<{
  set: EvaluationSet;
  videosFolder: string;
}> {
  const shipped = dataset === 'playground' ? join(SHIPPED_BUNDLE, 'test') : undefined;
  const file = annotations ?? (shipped && join(shipped, 'annotations.json'));
  const text = file === undefined ? '' : await readText(file);
  const name = dataset === undefined ? undefined : datasetNamed(dataset, text);
  if (name === undefined) {
    const problem =
      dataset === undefined ? 'No data set is named' : `There is no data set ${JSON.stringify(dataset)}`;
    throw new AppError('invalid-input', `${problem}.`, {
      hint: `Data sets: ${Object.keys(DATASETS).join(', ')}; or give --matrix FILE.`,
    });
  }
  const videosFolder = videos ?? shipped;
  if (file === undefined || videosFolder === undefined) {
    throw new AppError('invalid-input', `${dataset} needs its videos and its annotations.`, {
      hint: 'Give --videos DIR and --annotations FILE.',
    });
  }
  const listed = list === undefined ? undefined : { text: await readText(list), file: list };
  return { set: evaluationSet(name, { text, file }, listed), videosFolder: resolve(videosFolder) };
}

function frameOrderOf(given: string | undefined): FrameOrder {
  if (given === undefined) return 'natural';
  const order = FRAME_ORDERS.find((name) => name === given);
  if (order !== undefined) return order;
  throw new AppError(
    'invalid-input',
    `--time-test takes ${FRAME_ORDERS.join(', ')}, not ${JSON.stringify(given)}.`,
  );
}

/** Captions of a file of annotations, of its training split where it marks splits, never of the test's own videos; or one caption a line. */
async function readBank({ bank, dataset }: ModelFlags, set: EvaluationSet): Promise<string[]> {
  const file = bank ?? (dataset === 'playground' ? join(SHIPPED_BUNDLE, 'training-captions.txt') : undefined);
  if (file === undefined) return [];
  const text = await readText(file);
  if (file.endsWith('.txt')) return text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const tested = new Set(set.videos.map(({ id }) => id));
  const records = parseAnnotations(text, file);
  const marksTraining = records.some(({ split }) => split === 'train');
  return records
    .filter(({ videoId, split }) => !tested.has(videoId) && (!marksTraining || split === 'train'))
    .flatMap(({ captions }) => captions);
}
