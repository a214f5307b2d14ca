import { FfmpegMediaReader } from '../../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { askVideo } from '../../src/app/answers/ask-video.js';
import { collectAnswer } from '../../src/app/answers/collect-answer.js';
import { FilePictures } from '../../src/app/answers/file-pictures.js';
import { AppError } from '../../src/domain/errors.js';
import { innerProduct } from '../../src/domain/inner-product.js';
import type { ClipFeatures, StoredClip } from '../../src/ports/clip-features.js';
import type { LanguageModel, LanguageTask } from '../../src/ports/language-model.js';
import { median } from '../median.js';
import { type HeldOutQuestion, majorityAccuracy, QUESTION_KINDS } from '../playground/question-set.js';
import { forEach, type Library, type Part, percent, terminal } from './part.js';

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
  const pictures = new FilePictures({ ...library, media: new FfmpegMediaReader(), features });
  const dependencies = { ...library, ...answers, pictures };
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
  const isFound = vectors.map((vector, own) => {
    const ownScore = innerProduct(vector, embeddings[own]!);
    return embeddings.every((video, other) => other === own || innerProduct(vector, video) < ownScore);
  });
  return percent(isFound);
}

function accuracy(outcomes: readonly Outcome[], said: 'said' | 'saidBlind' = 'said'): number {
  return percent(outcomes.map((outcome) => outcome[said] === outcome.answer));
}

/** What the model answers and how it describes clips; the same without seeing them. */
export const reportAnswers: Part = async (questions, videoIds, library) => {
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
};
