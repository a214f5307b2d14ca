import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type RetrievalMetrics, retrievalMetrics } from '../../src/app/evaluation/metrics.js';
import { labelsFromIds, textToVideoRanks } from '../../src/app/evaluation/ranks.js';
import type { Scores } from './score-caption.js';

/** The held-out test set of the playground, or its first videos. */
export interface RetrievalSet {
  videoIds: string[];
  /** One a video. */
  files: string[];
  sentences: { video_id: string; caption: string }[];
}

export async function readRetrievalSet(folder: string, limit: number): Promise<RetrievalSet> {
  const text = await readFile(join(folder, 'annotations.json'), 'utf8');
  const { videos, sentences } = JSON.parse(text) as {
    videos: { video_id: string; file: string }[];
    sentences: RetrievalSet['sentences'];
  };
  const chosen = videos.slice(0, limit);
  const videoIds = chosen.map(({ video_id }) => video_id);
  return {
    videoIds,
    files: chosen.map(({ file }) => join(folder, file)),
    sentences: sentences.filter(({ video_id }) => videoIds.includes(video_id)),
  };
}

/**
 * Text to video over the whole set.
 * @param scores of each sentence; a video that a search did not return is ranked last.
 */
export function retrievalOf(set: RetrievalSet, scores: readonly Scores[]): RetrievalMetrics {
  const files = set.files.map((file) => basename(file));
  const values = scores.flatMap((ofFile) =>
    files.map((file) => ofFile.get(file) ?? Number.NEGATIVE_INFINITY),
  );
  const videoOfText = labelsFromIds(
    set.sentences.map(({ video_id }) => video_id),
    set.videoIds,
  );
  const matrix = { texts: set.sentences.length, videos: files.length, values: Float64Array.from(values) };
  return retrievalMetrics(textToVideoRanks(matrix, videoOfText).worst);
}
