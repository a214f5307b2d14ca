import { assertUsableVector } from '../domain/embedding-check.js';
import type { ClipWindowing } from '../model/bundle.js';
import type { NewClip } from '../ports/catalog.js';
import type { VideoEncoder } from '../ports/encoders.js';
import type { MediaInfo, MediaReader } from '../ports/media-reader.js';
import { assembleClips } from './assemble-clips.js';
import { encodeClips } from './encode-clips.js';
import { assertPlannable, type FrameSampler, framesNeeded, planClips } from './plan-clips.js';
import { surveyShots } from './survey-shots.js';

export interface EncodeVideoDependencies {
  media: MediaReader;
  videoEncoder: VideoEncoder;
  sampleFrames: FrameSampler;
  /** Instead of what the model's bundle says about cutting. */
  windowing?: ClipWindowing;
}

/** `surveying`: looking for cuts. `encoding`: making the vectors. */
export type EncodeStage = 'surveying' | 'encoding';

export interface EncodeVideoOptions {
  signal?: AbortSignal | undefined;
  /** @param share of the stage that is done, 0 to 1. */
  onProgress?: ((stage: EncodeStage, share: number) => void) | undefined;
}

/** What finding the shots takes of the time, about; most of it goes to the encoder. */
const SURVEY_SHARE = 0.1;

/** The share of the whole that is done, 0 to 1, when `share` of a stage is. */
export function overallShare(stage: EncodeStage, share: number): number {
  return stage === 'surveying' ? SURVEY_SHARE * share : SURVEY_SHARE + (1 - SURVEY_SHARE) * share;
}

/**
 * From a probed file to clips with their vectors: find its shots, cut them into windows, decode and encode.
 * @throws AppError what `MediaReader` and `VideoEncoder` throw, `media-limit`.
 */
export async function encodeVideo(
  path: string,
  info: MediaInfo,
  { media, videoEncoder, sampleFrames, windowing = videoEncoder.model.clips }: EncodeVideoDependencies,
  { signal, onProgress }: EncodeVideoOptions = {},
): Promise<NewClip[]> {
  assertPlannable(info);
  const { framesPerClip, dimension } = videoEncoder.model;
  const shots =
    windowing.shots === false
      ? undefined
      : await surveyShots(path, info, media, (share) => onProgress?.('surveying', share), signal);
  const plan = planClips(info, windowing, framesPerClip, sampleFrames, shots);
  const frames = media.frames(path, info, framesNeeded(plan), signal);
  let encoded = 0;
  const vectors = await encodeClips(
    assembleClips(plan, frames),
    videoEncoder,
    (count) => {
      encoded += count;
      onProgress?.('encoding', encoded / plan.length);
    },
    signal,
  );
  return plan.map(({ startSeconds, endSeconds }, position) => {
    const vector = vectors[position]!;
    assertUsableVector(vector, dimension, `The vector of clip ${position} of ${path}`);
    return { startSeconds, endSeconds, vector };
  });
}
