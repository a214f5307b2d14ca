import { join, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { DEFAULT_RESAMPLES } from '../app/evaluation/bootstrap.js';
import { PUBLISHED_VIEWS } from '../app/evaluation/classification/views.js';
import { DATASETS } from '../app/evaluation/datasets/datasets.js';
import { reportName, reportsFolder } from '../app/evaluation/kept-reports.js';
import { markdownReport } from '../app/evaluation/markdown-report.js';
import { type EvaluationReport, namedResults } from '../app/evaluation/report.js';
import { DEFAULT_RERANK_K } from '../app/evaluation/rerank.js';
import { AppError } from '../domain/errors.js';
import { runCompare } from './eval-compare.js';
import { matrixReport } from './eval-matrix.js';
import { assertOptionsOf, evalModeOf } from './eval-modes.js';
import { wholeNumber } from './eval-options.js';
import { writeReports } from './eval-reports.js';
import { resultLine } from './result-line.js';
import { readSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { processTerminal } from './terminal.js';

const DEFAULT_SEED = 7330;

const text = (valueHint: string, description: string) =>
  ({ type: 'string', valueHint, description }) as const;

export const evalCommand = defineCommand({
  meta: {
    name: 'eval',
    description: `Measure a model: DATASET is ${Object.keys(DATASETS).join(', ')}, classification; or compare A.json B.json`,
  },
  plugins: [strictFlags],
  args: {
    dataset: { type: 'positional', required: false, description: 'Data set, or compare with two reports' },
    videos: text('DIR', 'Folder of the videos'),
    annotations: text('FILE', 'Captions: csv, json or text as the data set ships them'),
    list: text('FILE', 'Ids of the test videos, one a line'),
    bank: text('FILE', 'Annotations of the training split, or one caption a line, for QB-Norm'),
    matrix: text('FILE', 'Instead of a model: a similarity matrix (.npy, .safetensors), texts x videos'),
    'text-ids': text('FILE', 'One line a row of the matrix: the id of its video'),
    'video-ids': text('FILE', 'One line a column of the matrix: its id'),
    fuse: text('FILE', 'A second matrix to add to the first, after checking that it lists the same items'),
    'fuse-text-ids': text('FILE', 'As --text-ids, for the second matrix'),
    'fuse-video-ids': text('FILE', 'As --video-ids, for the second matrix'),
    'time-test': text('ORDER', 'Show frames reversed or shuffled'),
    'rerank-k': text('N', `Candidates the re-ranker reads (default ${DEFAULT_RERANK_K})`),
    rerank: { type: 'boolean', default: true, negativeDescription: 'Leave the re-ranker out' },
    limit: text('N', 'Only the first N videos'),
    seed: text('N', `Seed of everything that is drawn (default ${DEFAULT_SEED})`),
    resamples: text('N', `Bootstrap resamples (default ${DEFAULT_RESAMPLES})`),
    labels: text('FILE', 'classification: class names, one a line, in the order of the classes'),
    segments: text('N', `classification: times a video is looked at (default ${PUBLISHED_VIEWS.segments})`),
    crops: text('N', `classification: squares of each frame (default ${PUBLISHED_VIEWS.crops})`),
    rows: text('A,B', 'compare: which row of the first with which of the second'),
    out: text(
      'DIR',
      'Write report.json, report.md and report.html there (by default into the library, for its page)',
    ),
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print all figures as one line of JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const mode = evalModeOf(args);
    assertOptionsOf(mode, args);
    const seed = wholeNumber('seed', args.seed, DEFAULT_SEED, 0);
    if (mode === 'compare') {
      await runCompare(terminal, args._.slice(1), { seed, rows: args.rows, json: args.json });
      return;
    }
    if (args._.length > 1) {
      throw new AppError('invalid-input', `${JSON.stringify(args._[1])} is one argument too many.`);
    }
    const resamples = wholeNumber('resamples', args.resamples, DEFAULT_RESAMPLES, 1);
    // What runs a model is loaded only when one runs: the other modes work where no native module does.
    if (mode === 'classification') {
      const { runClassification } = await import('./eval-classification.js');
      await runClassification(terminal, args, { seed, resamples });
      return;
    }
    const report =
      args.matrix === undefined
        ? await (await import('./eval-model.js')).modelReport(terminal, args, { seed, resamples })
        : await matrixReport(args.matrix, args, { seed, resamples });
    if (args.json) terminal.line(resultLine(namedResults(report)));
    else terminal.line(markdownReport(report));
    const folder = reportFolder(args, report);
    if (folder === undefined) return;
    await writeReports(folder, report);
    terminal.note(`The report is in ${folder}`);
  },
});

/** Where the report goes: as asked, or into the library whose data folder holds the features; a matrix has none. */
function reportFolder(
  { out, matrix, ...flags }: { out?: string; matrix?: string; data?: string },
  { dataset, createdAt }: EvaluationReport,
): string | undefined {
  if (out !== undefined) return resolve(out);
  if (matrix !== undefined) return undefined;
  const name = reportName(dataset, new Date(createdAt));
  return join(reportsFolder(readSettings(flags).dataFolder), name);
}
