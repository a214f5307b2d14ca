import { AppError } from '../../domain/errors.js';

/** How well each text fits each video; higher is better. */
export interface ScoreMatrix {
  readonly texts: number;
  readonly videos: number;
  /** Row-major, [texts, videos]. */
  readonly values: Float32Array | Float64Array;
}

/** The truth: for each text (row) the video (column) it describes. Several texts may share a video. */
export type VideoOfText = Int32Array;

/**
 * @throws AppError `invalid-input` for a score that is no number: it would compare as neither better nor worse, and its
 * query would be ranked first. Infinities compare as they should and are let through.
 */
export function assertComparable({ texts, videos, values }: ScoreMatrix, videoOfText: VideoOfText): void {
  if (values.length !== texts * videos || videoOfText.length !== texts) {
    throw new AppError(
      'invalid-input',
      `${texts} texts and ${videos} videos need ${texts * videos} scores and ${texts} labels, got ${values.length} and ${videoOfText.length}.`,
    );
  }
  const bad = values.findIndex((value) => Number.isNaN(value));
  if (bad !== -1) {
    throw new AppError(
      'invalid-input',
      `The score of text ${Math.floor(bad / videos)} with video ${bad % videos} is NaN; every score must be a number.`,
    );
  }
}

/** Inner products of every text with every video. */
export function innerProducts(
  texts: readonly Float32Array[],
  videos: readonly Float32Array[],
): ScoreMatrix & { values: Float32Array } {
  const values = new Float32Array(texts.length * videos.length);
  texts.forEach((text, row) => {
    videos.forEach((video, column) => {
      let sum = 0;
      for (let i = 0; i < text.length; i++) sum += text[i]! * video[i]!;
      values[row * videos.length + column] = sum;
    });
  });
  return { texts: texts.length, videos: videos.length, values };
}
