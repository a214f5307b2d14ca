import { AppError } from '../../domain/errors.js';
import { labelsFromIds, textToVideoRanks, videoToTextRanks } from './ranks.js';
import { directionReport, type EvaluationReport } from './report.js';
import { failuresOf, heatMapOf } from './report-details.js';
import { assertComparable, type ScoreMatrix } from './score-matrix.js';
import { duplicateCaptionBound, selfCheck } from './self-check.js';

/** A similarity matrix from anybody, with what is known of its rows and columns. */
export interface NamedMatrix {
  /** For messages: its file. */
  name: string;
  scores: ScoreMatrix;
  /** For each row the id of its video. */
  textIds: readonly string[] | undefined;
  /** For each column its id. */
  videoIds: readonly string[] | undefined;
}

export interface EvaluateMatrixRequest {
  matrix: NamedMatrix;
  /** A second matrix whose scores are added to the first, item by item; it must list the same items. */
  fuse: NamedMatrix | undefined;
  /** Of the rows, for the duplicate-caption test. */
  captions: readonly string[] | undefined;
  seed: number;
  resamples: number;
}

/**
 * The metrics of a similarity matrix: rows texts, columns videos; row i belongs to column i unless ids say otherwise.
 * @throws AppError `invalid-input` when shapes and ids do not fit, or a score is no number.
 */
export function evaluateMatrix(request: EvaluateMatrixRequest): EvaluationReport {
  const start = performance.now();
  const { matrix, fuse, captions, seed, resamples } = request;
  const { videoIds, textIds, videoOfText } = labelled(matrix);
  assertComparable(matrix.scores, videoOfText);
  const { texts, videos } = matrix.scores;
  if (captions !== undefined && captions.length !== texts) {
    throw new AppError(
      'invalid-input',
      `${matrix.name} has ${texts} rows, but there are ${captions.length} captions.`,
    );
  }
  const second = fuse === undefined ? undefined : inOrderOf(fuse, matrix);
  const scores = second === undefined ? matrix.scores : sumOf(matrix.scores, second);
  // An infinite score and its opposite have no sum.
  if (second !== undefined) assertComparable(scores, videoOfText);
  const t2v = directionReport(textToVideoRanks(scores, videoOfText), videos, seed, resamples);
  const v2t = directionReport(videoToTextRanks(scores, videoOfText), texts, seed, resamples);
  const names = captions ?? textIds.map((id, row) => `text ${row} of ${id}`);
  const check = selfCheck({
    scores,
    videoOfText,
    captions,
    pairs:
      second === undefined || fuse === undefined
        ? []
        : [{ name: fuse.name, first: matrix.scores, second, videoOfText }],
    bounds:
      captions === undefined
        ? []
        : [
            {
              name: 't2v.r1',
              value: t2v.metrics.r1,
              bound: duplicateCaptionBound(captions, videoOfText),
              why: 'equal captions cannot find different videos',
            },
          ],
    seed,
  });
  return {
    format: 'videre-evaluation/1',
    dataset: 'matrix',
    protocol: `scores of ${matrix.name}${fuse === undefined ? '' : ` plus those of ${fuse.name}`} as they are: ${texts} texts, ${videos} videos`,
    partial: false,
    missing: [],
    deviations: [],
    model: null,
    settings: {
      labels: matrix.textIds === undefined ? 'row i belongs to column i' : 'by id',
      seed,
      resamples,
    },
    videoIds,
    texts: numberedWithinVideo(textIds).map((id, row) => ({ id, video: videoOfText[row]! })),
    rows: [
      { name: '', title: fuse === undefined ? 'Matrix' : 'Sum of two matrices', note: 'as given', t2v, v2t },
    ],
    selfCheck: check,
    failures: failuresOf(scores, videoOfText, names, videoIds),
    heatMap: heatMapOf(scores, videoOfText),
    seconds: { total: (performance.now() - start) / 1000 },
    createdAt: new Date().toISOString(),
  };
}

/** The n-th text of a video is `VIDEO#n`, from 0, as in runs of a model, so that the two can be compared. */
function numberedWithinVideo(textIds: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return textIds.map((id) => {
    const number = seen.get(id) ?? 0;
    seen.set(id, number + 1);
    return `${id}#${number}`;
  });
}

function labelled({ name, scores, textIds, videoIds }: NamedMatrix) {
  const { texts, videos } = scores;
  if (textIds === undefined && texts !== videos) {
    throw new AppError(
      'invalid-input',
      `${name} is ${texts} x ${videos}: which text belongs to which video?`,
      {
        hint: 'Give --text-ids (one line a row: the id of its video) and --video-ids (one line a column).',
      },
    );
  }
  const columns = videoIds ?? Array.from({ length: videos }, (_, column) => String(column));
  const rows = textIds ?? columns;
  for (const [what, given, wanted] of [
    ['text', rows.length, texts],
    ['video', columns.length, videos],
  ] as const) {
    if (given !== wanted) {
      throw new AppError(
        'invalid-input',
        `${name} is ${texts} x ${videos}, but there are ${given} ${what} ids.`,
      );
    }
  }
  return { videoIds: columns, textIds: rows, videoOfText: labelsFromIds(rows, columns) };
}

/** The second matrix with its rows and columns moved to where the first has the same ids. */
function inOrderOf(second: NamedMatrix, first: NamedMatrix): ScoreMatrix {
  const { texts, videos } = first.scores;
  if (second.scores.texts !== texts || second.scores.videos !== videos) {
    throw new AppError(
      'invalid-input',
      `${second.name} is ${second.scores.texts} x ${second.scores.videos}; ${first.name} is ${texts} x ${videos}.`,
    );
  }
  const columns = orderBy(first.videoIds, second.videoIds, videos, second.name);
  const rows = orderBy(
    first.textIds ?? first.videoIds,
    second.textIds ?? second.videoIds,
    texts,
    second.name,
  );
  const values = new Float64Array(texts * videos);
  for (let row = 0; row < texts; row++) {
    for (let column = 0; column < videos; column++) {
      values[row * videos + column] = second.scores.values[rows[row]! * videos + columns[column]!]!;
    }
  }
  const ordered = { texts, videos, values };
  assertComparable(ordered, new Int32Array(texts));
  return ordered;
}

/** For each wanted id its position among the given ones, the n-th of an id that repeats taken for the n-th. */
function orderBy(
  wanted: readonly string[] | undefined,
  given: readonly string[] | undefined,
  length: number,
  name: string,
): Int32Array {
  if (wanted === undefined || given === undefined)
    return Int32Array.from({ length }, (_, position) => position);
  const positions = new Map<string, number[]>();
  given.forEach((id, position) => {
    const known = positions.get(id);
    if (known === undefined) positions.set(id, [position]);
    else known.push(position);
  });
  return Int32Array.from(wanted, (id) => {
    const position = positions.get(id)?.shift();
    if (position === undefined)
      throw new AppError('invalid-input', `${name} has no item ${JSON.stringify(id)}.`);
    return position;
  });
}

/** Each on its own scale, so that neither drowns the other. */
function sumOf(first: ScoreMatrix, second: ScoreMatrix): ScoreMatrix {
  const [left, right] = [spread(first), spread(second)];
  const values = Float64Array.from(
    first.values,
    (value, index) => value / left + second.values[index]! / right,
  );
  return { texts: first.texts, videos: first.videos, values };
}

/** Standard deviation of the finite scores; 1 when they do not differ. */
function spread({ values }: ScoreMatrix): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count++;
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) || 1;
}
