import { type Moment, withoutOverlaps } from '../../domain/moment.js';
import { overlapSeconds, type TimeRange } from '../../domain/time-range.js';
import type { ClipFinder, SearchFilter } from '../../ports/clip-finder.js';
import type { Neighbour } from '../../ports/clip-index.js';
import type { NearestClips } from './nearest-clips.js';

/** Clips asked of the index for each moment wanted: overlapping windows of one event are found together. */
export const CLIPS_PER_MOMENT = 4;

export interface MomentRules {
  filter: SearchFilter;
  groupBy: 'clip' | 'video';
  /** Clips that came after this one are passed over. */
  lastClipId: number;
  /** Stretches that are the question, not an answer. */
  except: readonly ({ videoId: string } & TimeRange)[];
}

/**
 * The moments nearest to a query: at most one of windows that mostly overlap, or one of each video.
 * @returns best first; at least `wanted` of them unless there are no more.
 */
export async function findMoments(
  nearest: NearestClips,
  finder: ClipFinder,
  rules: MomentRules,
  wanted: number,
): Promise<Moment[]> {
  for (let clipLimit = wanted * CLIPS_PER_MOMENT; ; clipLimit *= 2) {
    const { neighbours, isAll } = await nearest.atMost(clipLimit);
    const moments = await firstMoments(neighbours, finder, rules, wanted);
    if (moments.length >= wanted || isAll) return moments;
    // No clip of a video that was found can add to it: without this, a few long videos would be looked through whole.
    if (rules.groupBy === 'video' && moments.length >= (await finder.videoCount(rules.filter)))
      return moments;
  }
}

/** The moments of the neighbours, best first, as far as `wanted` need them: looking all of them up costs as much as finding them. */
async function firstMoments(
  neighbours: readonly Neighbour[],
  finder: ClipFinder,
  rules: MomentRules,
  wanted: number,
): Promise<Moment[]> {
  const located: Moment[] = [];
  for (let looked = 0, slice = wanted + 1; looked < neighbours.length; looked += slice, slice *= 2) {
    located.push(...(await locate(finder, neighbours.slice(looked, looked + slice), rules)));
    const moments = arrange(located, rules);
    if (moments.length >= wanted) return moments;
  }
  return arrange(located, rules);
}

async function locate(
  finder: ClipFinder,
  neighbours: readonly Neighbour[],
  { filter, lastClipId }: MomentRules,
): Promise<Moment[]> {
  const known = neighbours.filter(({ clipId }) => clipId <= lastClipId);
  const located = await finder.locate(
    known.map(({ clipId }) => clipId),
    filter,
  );
  const clipOfId = new Map(located.map((clip) => [clip.id, clip]));
  return known.flatMap(({ clipId, score }) => {
    const clip = clipOfId.get(clipId);
    if (clip === undefined) return [];
    const { videoId, title, path, startSeconds, endSeconds } = clip;
    return [{ clipId, videoId, title, path, startSeconds, endSeconds, score }];
  });
}

function arrange(ranked: readonly Moment[], { groupBy, except }: MomentRules): Moment[] {
  const answers = ranked.filter((moment) => !except.some((stretch) => liesMostlyIn(moment, stretch)));
  return groupBy === 'video' ? bestOfEachVideo(answers) : withoutOverlaps(answers);
}

function liesMostlyIn(moment: Moment, stretch: { videoId: string } & TimeRange): boolean {
  const length = moment.endSeconds - moment.startSeconds;
  return moment.videoId === stretch.videoId && overlapSeconds(moment, stretch) > length / 2;
}

function bestOfEachVideo(ranked: readonly Moment[]): Moment[] {
  const seen = new Set<string>();
  return ranked.filter(({ videoId }) => !seen.has(videoId) && seen.add(videoId));
}
