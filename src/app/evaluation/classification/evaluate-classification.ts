import { AppError } from '../../../domain/errors.js';
import { bytesOf } from '../../../model/tensor-type.js';
import type { ClipFrames } from '../../../ports/encoders.js';
import type { MediaReader } from '../../../ports/media-reader.js';
import type { ClassifierInfo, VideoClassifier } from '../../../ports/video-classifier.js';
import { assembleClips } from '../../assemble-clips.js';
import { framesNeeded, planClips } from '../../plan-clips.js';
import type { Interval } from '../bootstrap.js';
import { eachVideo, type MissingVideo } from '../each-video.js';
import { WHOLE_VIDEO } from '../encode-gallery.js';
import { contentHashOf, type TensorCache } from '../tensor-cache.js';
import { type Accuracy, accuracyIntervals, accuracyOf, classRank } from './accuracy.js';
import type { LabelledVideo } from './classification-set.js';
import { cropSquare, meanProbabilities, segmentFrames, type ViewPlan } from './views.js';

export interface ClassifyDependencies {
  media: MediaReader;
  classifier: VideoClassifier;
  /** Of this model and these views. */
  cache: TensorCache;
}

export interface ClassifyRequest {
  videos: readonly LabelledVideo[];
  /** Videos on the list that these come from; when there are more, the run is partial. */
  listed: number;
  videosFolder: string;
  classNames: readonly string[] | undefined;
  views: ViewPlan;
  seed: number;
  resamples: number;
}

export interface ClassificationReport {
  format: 'videre-classification/1';
  protocol: string;
  /** Fewer videos than the list has. */
  partial: boolean;
  /** Videos on the list. */
  listed: number;
  missing: MissingVideo[];
  model: ClassifierInfo;
  settings: Record<string, number>;
  accuracy: Accuracy;
  intervals: Record<keyof Accuracy, Interval>;
  /** What each video is and what it was taken for, with the probability of that. */
  videos: { id: string; label: number; rank: number; predicted: number; probability: number }[];
  classNames: readonly string[] | null;
  seconds: number;
  createdAt: string;
}

/**
 * Accuracy of a classification model on a list of videos, each looked at from several views.
 * @throws AppError `invalid-input` when no video is left, and as `eachVideo`.
 */
export async function evaluateClassification(
  { videos, listed, videosFolder, classNames, views, seed, resamples }: ClassifyRequest,
  dependencies: ClassifyDependencies,
  onVideo: () => void,
  signal?: AbortSignal,
): Promise<ClassificationReport> {
  const start = performance.now();
  const { model } = dependencies.classifier;
  let fromCache = 0;
  const classify = async (path: string, { id, label }: LabelledVideo) => {
    const contentHash = await contentHashOf(path, signal);
    const known = await readLogits(dependencies.cache, contentHash, views, model.classes);
    if (known !== undefined) fromCache++;
    const logits = known ?? (await classifyFile(path, contentHash, views, dependencies, signal));
    const probabilities = meanProbabilities(logits);
    const predicted = probabilities.indexOf(Math.max(...probabilities));
    return {
      id,
      label,
      rank: classRank(probabilities, label),
      predicted,
      probability: probabilities[predicted]!,
    };
  };
  const { results, missing } = await eachVideo(videos, videosFolder, classify, onVideo, signal);
  if (results.length === 0) {
    throw new AppError(
      'invalid-input',
      `None of the ${videos.length} videos could be used; ${missing[0]!.id}: ${missing[0]!.reason}.`,
      { hint: 'Name the folder that holds them with --videos.' },
    );
  }
  const ranks = Int32Array.from(results, ({ rank }) => rank);
  const labels = Int32Array.from(results, ({ label }) => label);
  const { segments, crops } = views;
  return {
    format: 'videre-classification/1',
    protocol: `${segments} x ${crops} views (times x crops) of ${model.framesPerClip} frames, probabilities averaged`,
    partial: results.length < listed,
    listed,
    missing,
    model,
    settings: { segments, crops, seed, resamples, fromCache },
    accuracy: accuracyOf(ranks, labels),
    intervals: accuracyIntervals(ranks, labels, seed, resamples),
    videos: results,
    classNames: classNames ?? null,
    seconds: (performance.now() - start) / 1000,
    createdAt: new Date().toISOString(),
  };
}

/** Logits of every view; they go into the cache. */
async function classifyFile(
  path: string,
  contentHash: string,
  views: ViewPlan,
  { media, classifier, cache }: ClassifyDependencies,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const info = await media.probe(path, signal);
  const { framesPerClip, classes } = classifier.model;
  const plan = Array.from({ length: views.segments }, (_, segment) =>
    planClips(info, WHOLE_VIDEO, framesPerClip, (frameCount) =>
      segmentFrames(frameCount, framesPerClip, segment, views.segments),
    ),
  ).flat();
  const frames = media.frames(path, info, framesNeeded(plan), signal);
  const logits: Float32Array[] = [];
  for await (const clip of assembleClips(plan, frames)) {
    const crops = Array.from(
      { length: views.crops },
      (_, crop): ClipFrames => cropSquare(clip.frames, crop, views.crops),
    );
    const seen = await classifier.classify(crops, signal);
    clip.release();
    seen.forEach((each, crop) => {
      logits[clip.position * views.crops + crop] = each;
    });
  }
  const all = Float32Array.from(logits.flatMap((each) => [...each]));
  await cache.write(contentHash, [
    { name: 'logits', type: 'F32', shape: [logits.length, classes], bytes: () => bytesOf(all) },
  ]);
  return logits;
}

function readLogits(
  cache: TensorCache,
  contentHash: string,
  { segments, crops }: ViewPlan,
  classes: number,
): Promise<Float32Array[] | undefined> {
  return cache.read(contentHash, (file) => {
    const all = file.readTensorAsFloat32('logits');
    return Array.from({ length: segments * crops }, (_, view) =>
      all.slice(view * classes, (view + 1) * classes),
    );
  });
}
