import { sampleFrameIndices } from '../../model/preprocess/sample-frames.js';
import type { FrameSampler } from '../plan-clips.js';
import { permutation, seededRandom } from './random.js';

/** In which order the model sees the frames of a clip: a model that reads motion must fail on all but the first. */
export const FRAME_ORDERS = ['natural', 'reversed', 'shuffled'] as const;
export type FrameOrder = (typeof FRAME_ORDERS)[number];

/** The model's own frames in the order wanted. @param seed of the shuffle; the same for the same clip every time */
export function orderedSampler(order: FrameOrder, seed: number): FrameSampler {
  return (frameCount, framesPerClip) => {
    const indices = sampleFrameIndices(frameCount, framesPerClip);
    switch (order) {
      case 'natural':
        return indices;
      case 'reversed':
        return indices.reverse();
      case 'shuffled':
        return Array.from(permutation(framesPerClip, seededRandom(seed)), (position) => indices[position]!);
    }
  };
}

/** A seed of a clip's own, so that not all clips are shuffled alike. @param contentHash hex */
export function seedOfContent(contentHash: string, seed: number): number {
  return (Number.parseInt(contentHash.slice(0, 8), 16) ^ seed) >>> 0;
}
