import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VideoFrame } from '../ports/media-reader.js';
import { type AssembledClip, assembleClips } from './assemble-clips.js';

const FRAMES = 20;

const plans = fc.array(
  fc
    .array(fc.nat(FRAMES - 1), { minLength: 1, maxLength: 5 })
    .map((indices) => ({ startSeconds: 0, endSeconds: 1, frameIndices: indices.sort((a, b) => a - b) })),
  { minLength: 1, maxLength: 12 },
);

/** The frames that the plan needs, in order; `released` tells how often each was. */
function frameSource(needed: ReadonlySet<number>) {
  const released = new Map<number, number>();
  async function* frames(): AsyncGenerator<VideoFrame> {
    for (const index of [...needed].sort((a, b) => a - b)) {
      const release = () => void released.set(index, (released.get(index) ?? 0) + 1);
      yield {
        index,
        timeSeconds: index,
        width: 1,
        height: 1,
        pixels: new Uint8Array([index, 0, 0]),
        release,
      };
    }
  }
  return { frames: frames(), released };
}

it('gives each clip its frames, and releases a frame once, with the last clip that is done with it', () =>
  fc.assert(
    fc.asyncProperty(plans, fc.nat(4), async (plan, clipsInWork) => {
      const needed = new Set(plan.flatMap(({ frameIndices }) => frameIndices));
      const { frames, released } = frameSource(needed);
      const inWork: AssembledClip[] = [];
      const done = new Set<number>();
      const finish = ({ position, release }: AssembledClip): void => {
        for (const index of plan[position]!.frameIndices) expect(released.get(index)).toBeUndefined();
        release();
        done.add(position);
        for (const index of needed) {
          const isNeeded = plan.some((clip, other) => !done.has(other) && clip.frameIndices.includes(index));
          expect(released.get(index)).toBe(isNeeded ? undefined : 1);
        }
      };
      for await (const clip of assembleClips(plan, frames)) {
        expect(clip.frames.frames.map(([index]) => index)).toEqual(plan[clip.position]!.frameIndices);
        inWork.push(clip);
        if (inWork.length > clipsInWork) finish(inWork.shift()!);
      }
      for (const clip of inWork) finish(clip);
      expect(done.size).toBe(plan.length);
    }),
  ));
