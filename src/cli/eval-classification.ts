import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  classificationMarkdown,
  namedAccuracies,
} from '../app/evaluation/classification/classification-report.js';
import {
  parseClassificationList,
  parseClassNames,
} from '../app/evaluation/classification/classification-set.js';
import {
  type ClassificationReport,
  evaluateClassification,
} from '../app/evaluation/classification/evaluate-classification.js';
import { PUBLISHED_VIEWS } from '../app/evaluation/classification/views.js';
import { readText } from '../app/evaluation/read-matrix.js';
import { openClassification } from '../composition/open-evaluation.js';
import { AppError } from '../domain/errors.js';
import { EtaBar } from './eta-bar.js';
import { type DrawOptions, wholeNumber } from './eval-options.js';
import { interruptSignal } from './interrupt.js';
import { resultLine } from './result-line.js';
import { readModelSettings } from './settings.js';
import { printable, type Terminal } from './terminal.js';

export interface ClassificationFlags {
  videos?: string | undefined;
  annotations?: string | undefined;
  labels?: string | undefined;
  segments?: string | undefined;
  crops?: string | undefined;
  limit?: string | undefined;
  out?: string | undefined;
  data?: string | undefined;
  bundle?: string | undefined;
  json?: boolean | undefined;
}

/** `videre eval classification`: accuracy of a classification bundle on a list of videos. */
export async function runClassification(
  terminal: Terminal,
  flags: ClassificationFlags,
  { seed, resamples }: DrawOptions,
): Promise<void> {
  const { videos: videosFolder, annotations } = flags;
  if (videosFolder === undefined || annotations === undefined) {
    throw new AppError('invalid-input', 'classification needs its videos and their classes.', {
      hint: 'Give --videos DIR and --annotations FILE ("path label" lines).',
    });
  }
  const views = {
    segments: wholeNumber('segments', flags.segments, PUBLISHED_VIEWS.segments, 1),
    crops: wholeNumber('crops', flags.crops, PUBLISHED_VIEWS.crops, 1),
  };
  const bar = new EtaBar(terminal);
  const signal = interruptSignal();
  const dependencies = await openClassification(
    await readModelSettings(flags),
    `views-${views.segments}x${views.crops}`,
  );
  try {
    const { classes } = dependencies.classifier.model;
    const classNames = flags.labels === undefined ? undefined : parseClassNames(await readText(flags.labels));
    const listed = parseClassificationList(await readText(annotations), annotations, classes, classNames);
    const limit = wholeNumber('limit', flags.limit, listed.length, 1);
    const videos = listed.slice(0, limit);
    bar.start('videos', videos.length);
    const report = await evaluateClassification(
      {
        videos,
        listed: listed.length,
        videosFolder: resolve(videosFolder),
        classNames,
        views,
        seed,
        resamples,
      },
      dependencies,
      () => bar.step(),
      signal,
    );
    bar.stop();
    for (const { id, reason } of report.missing)
      terminal.note(`missing  ${printable(id)}  ${printable(reason)}`);
    terminal.line(
      flags.json ? resultLine(namedAccuracies(report)) : printableLines(classificationMarkdown(report)),
    );
    if (flags.out !== undefined) await writeReport(resolve(flags.out), report);
  } finally {
    bar.stop();
    await dependencies.close();
  }
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

async function writeReport(folder: string, report: ClassificationReport): Promise<void> {
  const json = `${JSON.stringify({ ...report, results: namedAccuracies(report) })}\n`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'report.json'), json);
    await writeFile(join(folder, 'report.md'), classificationMarkdown(report));
  } catch (cause) {
    throw new AppError('invalid-input', `The reports cannot be written to ${folder}.`, {
      cause,
      hint: 'Name another folder with --out.',
    });
  }
}
