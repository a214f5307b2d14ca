import { basename } from 'node:path';
import { defineCommand } from 'citty';
import { captionVideo } from '../app/answers/caption-video.js';
import { type FileOutcome, type IngestReport, ingestPaths } from '../app/ingest-paths.js';
import { openAsking } from '../composition/open-asking.js';
import { openIngest } from '../composition/open-ingest.js';
import { AppError, toAppError } from '../domain/errors.js';
import type { Video } from '../domain/video.js';
import { engineLine } from './engine-line.js';
import { interruptSignal } from './interrupt.js';
import { ProgressBar } from './progress-bar.js';
import { errorFacts, errorText } from './report-error.js';
import type { Settings } from './settings/table.js';
import { readModelSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal, type Terminal } from './terminal.js';

export const ingestCommand = defineCommand({
  meta: {
    name: 'ingest',
    description: 'Take videos into the library: files, and folders with all they hold',
  },
  plugins: [strictFlags],
  args: {
    paths: { type: 'positional', description: 'Files and folders, one or more', valueHint: '...' },
    captions: {
      type: 'boolean',
      description: 'Have the language model describe every clip that comes in (or VIDERE_CAPTIONS)',
    },
    window: {
      type: 'string',
      valueHint: 'SECONDS',
      description: 'Length of windows (by default as the bundle says)',
    },
    stride: { type: 'string', valueHint: 'SECONDS', description: 'How far apart windows start' },
    shots: {
      type: 'boolean',
      description: 'Look for cuts, which windows do not cross; --no-shots saves the time that takes',
    },
    ...settingsArguments,
    quiet: { type: 'boolean', description: 'Name only the files that are refused' },
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ProgressBar(terminal);
    const signal = interruptSignal();
    const settings = await readModelSettings(args);
    const dependencies = await openIngest(settings);
    const { model } = dependencies.videoEncoder;
    let doneCount = 0;
    let ingested: Video[] = [];
    try {
      if (!args.json && !args.quiet) terminal.line(engineLine(model));
      const report = await ingestPaths(
        args._,
        dependencies,
        {
          found: (fileCount) => bar.start(fileCount),
          progress: (path, share) => bar.progress(basename(printable(path)), share),
          finished: (outcome) => {
            if (outcome.status !== 'refused') doneCount++;
            bar.finish(basename(printable(outcome.path)));
            if (!args.json && (!args.quiet || outcome.status === 'refused'))
              terminal.line(outcomeLine(outcome));
          },
        },
        signal,
      );
      bar.stop();
      terminal.line(
        args.json ? JSON.stringify({ ...reportFacts(report), engine: model.kernel }) : summaryLine(report),
      );
      process.exitCode = exitCodeOf(report);
      ingested = report.outcomes.flatMap((outcome) => (outcome.status === 'ingested' ? [outcome.video] : []));
    } catch (error) {
      throw cancelledAfter(doneCount, error);
    } finally {
      bar.stop();
      await dependencies.close();
    }
    if (settings.captions) await describeClips(ingested, settings, terminal, signal);
  },
});

/** A caption for every clip of these videos; whatever there is by the time one fails is kept. */
async function describeClips(
  videos: readonly Video[],
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { answers, ...library } = await openAsking(settings);
  try {
    for (const { id, title } of videos) {
      const onProgress = (share: number) => {
        terminal.status(`describing ${printable(title)}: ${Math.round(share * 100)} %`);
      };
      await captionVideo(id, { ...library, ...answers }, { signal, onProgress });
    }
    terminal.status('');
  } finally {
    await library.close();
  }
}

/** A cancelled run told with what it leaves behind; any other error as it is. */
export function cancelledAfter(doneCount: number, thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (error.code !== 'cancelled') return error;
  const kept = `${count(doneCount, 'file')} done before that ${doneCount === 1 ? 'is' : 'are'} kept`;
  return new AppError('cancelled', `The work was cancelled; ${kept}.`, {
    cause: thrown,
    hint: 'Give the same command again to go on.',
    details: { doneCount },
  });
}

function outcomeLine(outcome: FileOutcome): string {
  const path = printable(outcome.path);
  if (outcome.status === 'ingested') return `ingested  ${path}  ${count(outcome.clipCount, 'clip')}`;
  if (outcome.status === 'known')
    return `known     ${path}  already in the library as ${printable(outcome.video.title)}`;
  return `refused   ${path}  ${outcome.error.code}: ${errorText(outcome.error)}`;
}

function summaryLine(report: IngestReport): string {
  const { ingested, known, refused, passedOver } = totals(report);
  const parts = [`${count(ingested, 'video')} ingested`, `${known} already known`, `${refused} refused`];
  if (passedOver > 0) parts.push(`${count(passedOver, 'other file')} passed over`);
  return `${parts.join(', ')}.`;
}

function reportFacts(report: IngestReport): Record<string, unknown> {
  const files = report.outcomes.map((outcome) => {
    const { path, status } = outcome;
    if (status === 'refused') return { path, status, error: errorFacts(outcome.error) };
    const { id, durationSeconds } = outcome.video;
    const clips = status === 'ingested' ? { clips: outcome.clipCount } : {};
    return { path, status, videoId: id, durationSeconds, ...clips };
  });
  return { files, summary: totals(report) };
}

function totals({ outcomes, passedOver }: IngestReport) {
  const having = (status: FileOutcome['status']) =>
    outcomes.filter((outcome) => outcome.status === status).length;
  return { ingested: having('ingested'), known: having('known'), refused: having('refused'), passedOver };
}

/**
 * 0 unless something that was asked for did not happen: a file named by itself was refused, or nothing at all came of
 * the folders. A refused file in a folder that held good ones is reported, and no failure.
 */
function exitCodeOf({ outcomes }: IngestReport): number {
  const refused = outcomes.filter((outcome) => outcome.status === 'refused');
  const failure =
    refused.find(({ named }) => named) ?? (refused.length === outcomes.length ? refused[0] : undefined);
  if (failure !== undefined) return failure.error.exitCode;
  return outcomes.length > 0 ? 0 : new AppError('file-not-found', 'No video files.').exitCode;
}

function count(amount: number, thing: string): string {
  return `${amount} ${thing}${amount === 1 ? '' : 's'}`;
}
