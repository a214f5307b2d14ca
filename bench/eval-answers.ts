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
import { askVideo } from '../src/app/answers/ask-video.js';
import { captionClip } from '../src/app/answers/caption-clip.js';
import { collectAnswer } from '../src/app/answers/collect-answer.js';
import { ingestPaths } from '../src/app/ingest-paths.js';
import { ProgressBar } from '../src/cli/progress-bar.js';
import { errorText } from '../src/cli/report-error.js';
import { resultLine } from '../src/cli/result-line.js';
import { readSettings } from '../src/cli/settings.js';
import { processTerminal } from '../src/cli/terminal.js';
import { openAsking } from '../src/composition/open-asking.js';
import { openIngest } from '../src/composition/open-ingest.js';
import { AppError, toAppError } from '../src/domain/errors.js';
import type { ClipFeatures, StoredClip } from '../src/ports/clip-features.js';
import type { Embedding } from '../src/ports/encoders.js';
import type { LanguageModel, LanguageTask } from '../src/ports/language-model.js';
import { median } from './median.js';
import { namesItsClip, videosAskedOf, videosOfWholeQuestion } from './playground/find-asked-clips.js';
import { answersByForm, type JudgedAnswers, judgeAnswers } from './playground/judged-answers.js';
import {
  type HeldOutQuestion,
  majorityAccuracy,
  QUESTION_KINDS,
  readQuestions,
} from './playground/question-set.js';

const PLAYGROUND = fileURLToPath(new URL('../models/playground', import.meta.url));
const terminal = processTerminal();

interface Outcome extends HeldOutQuestion {
  said: string;
  saidBlind: string;
}

interface Tally {
  outcomes: Outcome[];
  firstTokenMs: number[];
  cited: number;
  verified: number;
  captions: string[];
  embeddings: Float32Array[];
}

type Library = Awaited<ReturnType<typeof openAsking>>;

/** What a model says of one clip, and when it began to. */
async function say(model: LanguageModel, features: ClipFeatures, task: LanguageTask) {
  const evidence = [{ id: 'c1', startSeconds: 0, endSeconds: 1, features }];
  const start = performance.now();
  let firstTokenMs = Number.NaN;
  let text = '';
  for await (const event of model.generate({ task, evidence })) {
    if (event.type !== 'delta') continue;
    if (text === '') firstTokenMs = performance.now() - start;
    text += event.text;
  }
  return { text, firstTokenMs };
}

async function evaluateVideo(
  { videoId, questions }: { videoId: string; questions: readonly HeldOutQuestion[] },
  { answers, ...library }: Library,
  tally: Tally,
): Promise<void> {
  const model = answers.languageModel;
  const source = answers.features;
  if (model === undefined || source === undefined)
    throw new AppError('internal', 'The bundle has no decoder.');
  // Every question of a clip looks at the same features.
  let made: Promise<ClipFeatures> | undefined;
  const features = {
    modelFingerprint: source.modelFingerprint,
    features: (clip: StoredClip) => {
      made ??= source.features(clip);
      return made;
    },
  };
  const dependencies = { ...library, ...answers, features };
  const outcomes: Outcome[] = [];
  for (const asked of questions) {
    const { text, citationCounts } = await collectAnswer(
      askVideo(videoId, { question: asked.question }, dependencies),
    );
    outcomes.push({ ...asked, said: text.trim(), saidBlind: '' });
    tally.cited += citationCounts.total;
    tally.verified += citationCounts.verified;
  }
  const seen = await made!;
  const blind = { ...seen, tokens: new Float32Array(seen.tokens.length) };
  for (const outcome of outcomes) {
    const task = { kind: 'answer' as const, question: outcome.question, turns: [] };
    outcome.saidBlind = (await say(model, blind, task)).text;
    tally.firstTokenMs.push((await say(model, seen, task)).firstTokenMs);
  }
  tally.outcomes.push(...outcomes);
  tally.captions.push((await say(model, seen, { kind: 'caption' })).text);
  tally.embeddings.push(seen.embedding);
}

/** How many captions are nearer to their own clip than to any other, in percent. */
async function captionRecall({ captions, embeddings }: Tally, { textEncoder }: Library): Promise<number> {
  const vectors = await textEncoder.encode(captions);
  const score = (text: Float32Array, video: Float32Array) =>
    text.reduce((sum, value, index) => sum + value * video[index]!, 0);
  const found = vectors.filter((vector, own) => {
    const ownScore = score(vector, embeddings[own]!);
    return embeddings.every((video, other) => other === own || score(vector, video) < ownScore);
  });
  return (100 * found.length) / captions.length;
}

function accuracy(outcomes: readonly Outcome[], said: 'said' | 'saidBlind' = 'said'): number {
  return (100 * outcomes.filter((outcome) => outcome[said] === outcome.answer).length) / outcomes.length;
}

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

/** One after the other, with a bar. */
async function forEach<Item>(items: readonly Item[], work: (item: Item, place: number) => Promise<void>) {
  const bar = new ProgressBar(terminal);
  try {
    bar.start(items.length);
    for (const [place, item] of items.entries()) {
      await work(item, place);
      bar.finish(String(place));
    }
  } finally {
    bar.stop();
  }
}

async function reportAnswers(
  questions: readonly HeldOutQuestion[],
  videoIds: ReadonlyMap<string, string>,
  library: Library,
): Promise<Record<string, number>> {
  const tally: Tally = {
    outcomes: [],
    firstTokenMs: [],
    cited: 0,
    verified: 0,
    captions: [],
    embeddings: [],
  };
  await forEach([...videoIds], async ([name, videoId]) => {
    const asked = questions.filter(({ video }) => video === name);
    await evaluateVideo({ videoId, questions: asked }, library, tally);
  });
  const captionR1 = await captionRecall(tally, library);
  const { outcomes } = tally;
  const kinds = QUESTION_KINDS.map((kind) => ({
    kind,
    asked: outcomes.filter((each) => each.kind === kind),
  }));
  const results: Record<string, number> = {
    'answers.accuracy': accuracy(outcomes),
    'answers.text_only.accuracy': accuracy(outcomes, 'saidBlind'),
    'answers.majority.accuracy': majorityAccuracy(questions),
    'answers.citations_verified': (100 * tally.verified) / tally.cited,
    'answers.first_token_ms': median(tally.firstTokenMs),
    'captions.t2v.r1': captionR1,
  };
  for (const { kind, asked } of kinds) {
    results[`answers.per_kind.${kind}`] = accuracy(asked);
    results[`answers.text_only.per_kind.${kind}`] = accuracy(asked, 'saidBlind');
  }
  terminal.line(
    `${outcomes.length} questions about ${videoIds.size} videos, answered word by word as they should be:`,
  );
  for (const { kind, asked } of [{ kind: 'all', asked: outcomes }, ...kinds]) {
    const [seeing, blind] = [accuracy(asked), accuracy(asked, 'saidBlind')].map((value) => value.toFixed(1));
    terminal.line(
      `  ${kind.padEnd(12)} ${seeing!.padStart(5)} %   features of zeros: ${blind!.padStart(5)} %`,
    );
  }
  terminal.line(
    `Always the most frequent answer: ${results['answers.majority.accuracy']!.toFixed(1)} %. ` +
      `Citations verified: ${results['answers.citations_verified']!.toFixed(1)} % of ${tally.cited}. ` +
      `First token after ${results['answers.first_token_ms']!.toFixed(1)} ms. ` +
      `Captions find their clip: R@1 ${captionR1.toFixed(1)} %.`,
  );
  return results;
}

/** How often the answers of the test set, and wrong ones, would be verified, whatever the model says. */
async function reportCitations(
  questions: readonly HeldOutQuestion[],
  videoIds: ReadonlyMap<string, string>,
  { catalog, textEncoder, answers: { bank } }: Library,
): Promise<Record<string, number>> {
  const names = [...videoIds.keys()];
  const vectors = new Map<string, Embedding>();
  for (const [name, id] of videoIds) vectors.set(name, (await catalog.clipsOfVideo(id))[0]!.vector);
  const byForm = answersByForm(questions);
  const judged: JudgedAnswers = { right: [], wrong: [], otherClip: [] };
  await forEach(questions, async (question, place) => {
    const own = vectors.get(question.video)!;
    const other = vectors.get(names[(names.indexOf(question.video) + 1) % names.length]!)!;
    await judgeAnswers(question, place, { own, other }, byForm, { bank, textEncoder }, judged);
  });
  const results = {
    'answers.verified.right': percent(judged.right),
    'answers.verified.wrong': percent(judged.wrong),
    'answers.verified.other_clip': percent(judged.otherClip),
  };
  terminal.line(
    `Of right answers ${results['answers.verified.right'].toFixed(1)} % are verified, of wrong ones about the same clip ` +
      `${results['answers.verified.wrong'].toFixed(1)} %, of right ones about another clip ` +
      `${results['answers.verified.other_clip'].toFixed(1)} %.`,
  );
  return results;
}

/** How often a question to the library is answered from the clip that is meant. */
async function reportLibrary(
  questions: readonly HeldOutQuestion[],
  videoIds: ReadonlyMap<string, string>,
  library: Library,
): Promise<Record<string, number>> {
  const dependencies = { ...library, ...library.answers };
  const asked = questions.filter(namesItsClip);
  const found = async (videosOf: (question: string) => Promise<string[]>): Promise<number> => {
    const isFound: boolean[] = [];
    await forEach(asked, async ({ question, video }) => {
      isFound.push((await videosOf(question)).includes(videoIds.get(video)!));
    });
    return percent(isFound);
  };
  const limit = dependencies.languageModel?.model.maxEvidence ?? 0;
  const whole = await found((question) => videosOfWholeQuestion(question, limit, dependencies));
  const content = await found((question) => videosAskedOf(question, dependencies));
  await forEach([...videoIds.values()], async (videoId) => {
    for (const { id } of await library.catalog.clipsOfVideo(videoId)) await captionClip(id, dependencies);
  });
  const captioned = await found((question) => videosAskedOf(question, dependencies));
  terminal.line(
    `The clip that is meant is among the ${limit} that ${asked.length} questions to the library are answered from: ` +
      `${content.toFixed(1)} %, with captions ${captioned.toFixed(1)} %; searching with the whole question ${whole.toFixed(1)} %.`,
  );
  return {
    'answers.library.whole_question.clip_found': whole,
    'answers.library.clip_found': content,
    'answers.library.captioned.clip_found': captioned,
  };
}

function percent(outcomes: readonly boolean[]): number {
  return (100 * outcomes.filter(Boolean).length) / outcomes.length;
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
