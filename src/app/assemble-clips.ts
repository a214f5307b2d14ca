import { AppError } from '../domain/errors.js';
import type { ClipFrames } from '../ports/encoders.js';
import type { VideoFrame } from '../ports/media-reader.js';
import type { PlannedClip } from './plan-clips.js';

export interface AssembledClip {
  /** Position in the plan. */
  position: number;
  frames: ClipFrames;
  /** To be called once, when nobody looks at the frames any more: those that no other clip needs are released. */
  release: () => void;
}

/**
 * Turns frames that arrive in ascending order into clips, each as soon as its last frame is there. A frame is let go
 * with the last clip that needs it, so memory holds the frames of the windows that overlap at one time, not the video.
 * @throws AppError `truncated-media` when the frames end before the plan does.
 */
export async function* assembleClips(
  plan: readonly PlannedClip[],
  frames: AsyncIterable<VideoFrame>,
): AsyncGenerator<AssembledClip> {
  const waiting = plan
    .map((clip, position) => ({ position, clip, last: Math.max(...clip.frameIndices) }))
    .sort((left, right) => left.last - right.last);
  const usesLeft = countUses(plan);
  const releasesLeft = countUses(plan);
  const held = new Map<number, VideoFrame>();

  for await (const frame of frames) {
    held.set(frame.index, frame);
    while (waiting.length > 0 && waiting[0]!.last <= frame.index) {
      const { clip, position } = waiting.shift()!;
      yield { position, frames: clipFrames(clip, held), release: releaseOf(clip, held, releasesLeft) };
      for (const index of clip.frameIndices) {
        const left = usesLeft.get(index)! - 1;
        usesLeft.set(index, left);
        if (left === 0) held.delete(index);
      }
    }
  }

  if (waiting.length > 0) {
    throw new AppError('truncated-media', `The video ends before frame ${waiting[0]!.last}.`);
  }
}

function countUses(plan: readonly PlannedClip[]): Map<number, number> {
  const uses = new Map<number, number>();
  for (const index of plan.flatMap((clip) => clip.frameIndices)) uses.set(index, (uses.get(index) ?? 0) + 1);
  return uses;
}

function releaseOf(
  { frameIndices }: PlannedClip,
  held: ReadonlyMap<number, VideoFrame>,
  releasesLeft: Map<number, number>,
): () => void {
  const frames = frameIndices.map((index) => held.get(index)!);
  return () => {
    for (const { index, release } of frames) {
      const left = releasesLeft.get(index)! - 1;
      releasesLeft.set(index, left);
      if (left === 0) release?.();
    }
  };
}

/** @throws AppError `unsupported-media` when the picture changes its size within the clip. */
function clipFrames(clip: PlannedClip, held: ReadonlyMap<number, VideoFrame>): ClipFrames {
  const frames = clip.frameIndices.map((index) => held.get(index)!);
  const { width, height } = frames[0]!;
  const other = frames.find((frame) => frame.width !== width || frame.height !== height);
  if (other !== undefined) {
    throw new AppError(
      'unsupported-media',
      `The picture changes from ${width} x ${height} to ${other.width} x ${other.height} pixels at frame ${other.index}.`,
      { hint: 'Convert the video to one frame size first.' },
    );
  }
  return { width, height, frames: frames.map(({ pixels }) => pixels) };
}
