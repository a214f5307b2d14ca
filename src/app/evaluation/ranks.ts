import { AppError } from '../../domain/errors.js';
import type { ScoreMatrix, VideoOfText } from './score-matrix.js';

/** Where the right answer of each query stands; 1 is first. */
export interface Ranks {
  /** 1 + the number of wrong answers that score strictly higher: the best place a tie allows. */
  best: Int32Array;
  /** `best` + the number of wrong answers that score the same: the worst place a tie allows. */
  worst: Int32Array;
  /** The video each query belongs to; queries of one video are resampled together. */
  videoOfQuery: Int32Array;
}

/** One query a text: the place of its video among all videos. */
export function textToVideoRanks({ texts, videos, values }: ScoreMatrix, videoOfText: VideoOfText): Ranks {
  const best = new Int32Array(texts);
  const worst = new Int32Array(texts);
  for (let text = 0; text < texts; text++) {
    const row = text * videos;
    const own = values[row + videoOfText[text]!]!;
    let greater = 0;
    let equal = 0;
    for (let video = 0; video < videos; video++) {
      const score = values[row + video]!;
      if (score > own) greater++;
      else if (score === own) equal++;
    }
    best[text] = 1 + greater;
    // The video itself is among the equal ones.
    worst[text] = greater + equal;
  }
  return { best, worst, videoOfQuery: videoOfText };
}

/**
 * One query a video that has a text: the place of the best of its own texts among all texts, the rule of MSVD and the
 * full MSR-VTT test set. Its other texts are neither right nor wrong then: they cannot stand above the best.
 */
export function videoToTextRanks({ texts, videos, values }: ScoreMatrix, videoOfText: VideoOfText): Ranks {
  const own = new Float64Array(videos).fill(Number.NEGATIVE_INFINITY);
  const hasText = new Uint8Array(videos);
  for (let text = 0; text < texts; text++) {
    const video = videoOfText[text]!;
    hasText[video] = 1;
    own[video] = Math.max(own[video]!, values[text * videos + video]!);
  }
  const greater = new Int32Array(videos);
  const equal = new Int32Array(videos);
  // Row by row, as the scores lie in memory.
  for (let text = 0; text < texts; text++) {
    const row = text * videos;
    const ownVideo = videoOfText[text]!;
    for (let video = 0; video < videos; video++) {
      const score = values[row + video]!;
      const mark = own[video]!;
      if (score > mark) greater[video]!++;
      else if (score === mark && video !== ownVideo) equal[video]!++;
    }
  }
  const videoOfQuery = Int32Array.from(hasText.keys()).filter((video) => hasText[video] === 1);
  const best = videoOfQuery.map((video) => 1 + greater[video]!);
  const worst = best.map((rank, query) => rank + equal[videoOfQuery[query]!]!);
  return { best, worst, videoOfQuery };
}

/**
 * Labels from ids: text i belongs to the video whose id its own id is, `#` and what follows left aside.
 * @throws AppError `invalid-input` for an id that no video has, or that two have.
 */
export function labelsFromIds(textIds: readonly string[], videoIds: readonly string[]): VideoOfText {
  const columnOfId = new Map(videoIds.map((id, column) => [id, column]));
  if (columnOfId.size !== videoIds.length) {
    const twice = videoIds.find((id, column) => columnOfId.get(id) !== column);
    throw new AppError('invalid-input', `Video id ${JSON.stringify(twice)} is there twice.`);
  }
  return Int32Array.from(textIds, (id, row) => {
    const column = columnOfId.get(id) ?? columnOfId.get(id.replace(/#[^#]*$/, ''));
    if (column === undefined) {
      throw new AppError(
        'invalid-input',
        `Text ${row} belongs to ${JSON.stringify(id)}, which is no video id.`,
      );
    }
    return column;
  });
}
