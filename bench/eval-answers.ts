/**
 * Answers of the playground's own decoder through the whole product path: mp4 -> ffmpeg -> encoder -> decoder -> the use
 * case that answers over HTTP and the command line, citations included.
 *
 *   npm run eval:answers -- [--json] [--limit VIDEOS] [--only answers|citations|library] [--data FOLDER]
 *
 * answers: held-out questions (models/playground/test/questions.tsv), each compared word by word with its answer; the same
 * with features of zeros, which shows what the words of a question give away; captions, by the clip that a search with them
 * finds first. citations: how often right answers are verified, and wrong ones. library: how often the clip that is
 * meant is among those a question to the library is answered from. --data keeps the library, for the next time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ingestPaths } from '../src/app/ingest-paths.js';
import { ProgressBar } from '../src/cli/progress-bar.js';
import { errorText } from '../src/cli/report-error.js';
import { resultLine } from '../src/cli/result-line.js';
import { readSettings } from '../src/cli/settings.js';
import { openAsking } from '../src/composition/open-asking.js';
import { openIngest } from '../src/composition/open-ingest.js';
import { AppError, toAppError } from '../src/domain/errors.js';
import { terminal } from './answers/part.js';
import { reportAnswers } from './answers/report-answers.js';
import { reportCitations } from './answers/report-citations.js';
import { reportLibrary } from './answers/report-library.js';
import { readQuestions } from './playground/question-set.js';

const PLAYGROUND = fileURLToPath(new URL('../models/playground', import.meta.url));

/** The videos in a library, and the id of each by name. */
async function ingested(
  names: readonly string[],
  settings: ReturnType<typeof readSettings>,
): Promise<Map<string, string>> {
  const bar = new ProgressBar(terminal);
  const ingest = await openIngest(settings);
  const files = names.map((name) => join(PLAYGROUND, 'test', 'videos', `${name}.mp4`));
  const videoIds = new Map<string, string>();
  try {
    bar.start(files.length);
    const { outcomes } = await ingestPaths(files, ingest, {
      finished: ({ path }) => bar.finish(basename(path)),
    });
    for (const outcome of outcomes) {
      if (outcome.status === 'refused')
        throw new AppError('corrupt-data', `${outcome.path} was not ingested.`);
      videoIds.set(basename(outcome.path, '.mp4'), outcome.video.id);
    }
    return videoIds;
  } finally {
    bar.stop();
    await ingest.close();
  }
}

const PARTS = { answers: reportAnswers, citations: reportCitations, library: reportLibrary };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      limit: { type: 'string' },
      only: { type: 'string' },
      data: { type: 'string' },
    },
  });
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  if (!(limit >= 1)) throw new AppError('invalid-input', `--limit ${values.limit} is no number from 1 up.`);
  const parts = Object.entries(PARTS).filter(([name]) => values.only === undefined || name === values.only);
  if (parts.length === 0) {
    throw new AppError('invalid-input', `--only ${values.only} is none of ${Object.keys(PARTS).join(', ')}.`);
  }
  const all = await readQuestions(join(PLAYGROUND, 'test', 'questions.tsv'));
  const names = [...new Set(all.map(({ video }) => video))].slice(0, limit);
  const questions = all.filter(({ video }) => names.includes(video));
  if (Number.isFinite(limit)) terminal.line(`Partial run: the first ${names.length} videos alone.`);

  const dataFolder = values.data ?? (await mkdtemp(join(tmpdir(), 'videre-answers-')));
  const settings = { ...readSettings({}), dataFolder, bundleFolder: PLAYGROUND, languageModelUrl: undefined };
  try {
    const videoIds = await ingested(names, settings);
    const library = await openAsking(settings);
    try {
      let results: Record<string, number> = {};
      for (const [, report] of parts)
        results = { ...results, ...(await report(questions, videoIds, library)) };
      if (values.json) terminal.line(resultLine(results));
    } finally {
      await library.close();
    }
  } finally {
    if (values.data === undefined) await rm(dataFolder, { recursive: true });
  }
}

try {
  await main();
} catch (thrown) {
  const error = toAppError(thrown);
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = error.exitCode;
}
