import { AppError } from '../../domain/errors.js';
import type { NamedMatrix } from './evaluate-matrix.js';
import type { EvaluationSet } from './evaluation-set.js';

/**
 * A matrix with the captions of its rows. Rows with ids take the captions of their videos, the n-th row of a video its
 * n-th caption; a matrix without ids is taken to list what the annotations list, as they do.
 * @throws AppError `invalid-input` when a row's video has no caption left, or the counts do not fit.
 */
export function annotatedMatrix(
  matrix: NamedMatrix,
  set: EvaluationSet,
): { matrix: NamedMatrix; captions: readonly string[] } {
  const rows = matrix.textIds ?? matrix.videoIds;
  if (rows === undefined) {
    const { texts, videos } = matrix.scores;
    if (set.texts.length !== texts || set.videos.length !== videos) {
      throw new AppError(
        'invalid-input',
        `${matrix.name} is ${texts} x ${videos}, but the annotations list ${set.texts.length} captions of ${set.videos.length} videos.`,
        { hint: 'Give --text-ids and --video-ids, or the annotations of these rows alone.' },
      );
    }
    const textIds = set.texts.map(({ videoId }) => videoId);
    const videoIds = set.videos.map(({ id }) => id);
    return { matrix: { ...matrix, textIds, videoIds }, captions: set.texts.map(({ caption }) => caption) };
  }
  const captionsOf = new Map(
    set.videos.map(({ id }) => [id, set.texts.filter(({ videoId }) => videoId === id)]),
  );
  const captions = rows.map((id) => {
    const text = captionsOf.get(id)?.shift();
    if (text !== undefined) return text.caption;
    throw new AppError(
      'invalid-input',
      `${matrix.name} has more rows of ${JSON.stringify(id)} than the annotations have captions.`,
    );
  });
  return { matrix, captions };
}
