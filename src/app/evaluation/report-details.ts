import { permutation, seededRandom } from './random.js';
import { textToVideoRanks } from './ranks.js';
import type { Failure } from './report.js';
import type { ScoreMatrix, VideoOfText } from './score-matrix.js';

const MOST_FAILURES = 24;
const HEAT_MAP_ITEMS = 48;

/**
 * Texts whose video did not come first: every few of them by rank, so that near misses and complete ones are both shown.
 * @param name what a text and a video are called; `paths` of the video files, where there are any
 */
export function failuresOf(
  scores: ScoreMatrix,
  videoOfText: VideoOfText,
  captions: readonly string[],
  videoIds: readonly string[],
  paths?: readonly string[],
): Failure[] {
  const { best } = textToVideoRanks(scores, videoOfText);
  const failed = Array.from(best.keys())
    .filter((text) => best[text]! > 1)
    .sort((left, right) => best[right]! - best[left]! || left - right);
  const step = Math.max(1, failed.length / MOST_FAILURES);
  const shown = Array.from(
    { length: Math.min(MOST_FAILURES, failed.length) },
    (_, position) => failed[Math.floor(position * step)]!,
  );
  return shown.map((text) => {
    const truth = videoOfText[text]!;
    const first = bestVideo(scores, text);
    const files = paths === undefined ? {} : { truthPath: paths[truth]!, firstPath: paths[first]! };
    return {
      query: captions[text]!,
      rank: best[text]!,
      truth: videoIds[truth]!,
      first: videoIds[first]!,
      ...files,
    };
  });
}

function bestVideo({ videos, values }: ScoreMatrix, text: number): number {
  let best = 0;
  for (let video = 1; video < videos; video++) {
    if (values[text * videos + video]! > values[text * videos + best]!) best = video;
  }
  return best;
}

/** Scores of some items with each other, each video with its first text: truth is the diagonal. [size, size] */
export function heatMapOf({ videos, values }: ScoreMatrix, videoOfText: VideoOfText, seed = 0) {
  const textOfVideo = new Map<number, number>();
  for (const [text, video] of videoOfText.entries()) {
    if (!textOfVideo.has(video)) textOfVideo.set(video, text);
  }
  const all = [...textOfVideo.entries()];
  const items = [...permutation(all.length, seededRandom(seed)).slice(0, HEAT_MAP_ITEMS)]
    .sort((left, right) => left - right)
    .map((position) => all[position]!);
  return {
    size: items.length,
    values: items.flatMap(([, text]) => items.map(([video]) => values[text * videos + video]!)),
  };
}
