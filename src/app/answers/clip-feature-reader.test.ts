import { describe, expect, it } from 'vitest';
import { sampleFrameIndices } from '../../model/preprocess/sample-frames.js';
import type { ClipFrames, ModelInfo } from '../../ports/encoders.js';
import type { MediaInfo, MediaReader, VideoFrame } from '../../ports/media-reader.js';
import type { Reranker } from '../../ports/reranker.js';
import { planClips } from '../plan-clips.js';
import { ClipFeatureReader } from './clip-feature-reader.js';

const clips = { windowSeconds: 3, strideSeconds: 1 };
const model = { framesPerClip: 8, clips } as ModelInfo;

/** A video of variable frame rate, ten seconds long; the one pixel of a frame says which frame it is. */
const info: MediaInfo = {
  container: 'mov',
  codec: 'h264',
  width: 1,
  height: 1,
  rotationDegrees: 0,
  hasAudio: false,
  durationSeconds: 10,
  frameTimes: Float64Array.from({ length: 100 }, (_, index) => (index / 100) ** 1.5 * 10),
};

const media: Pick<MediaReader, 'probe' | 'frames'> = {
  probe: async () => info,
  async *frames(_path, { frameTimes }, indices) {
    for (const index of indices) {
      const frame: VideoFrame = {
        index,
        timeSeconds: frameTimes[index]!,
        width: 1,
        height: 1,
        pixels: Uint8Array.of(index, 0, 0),
      };
      yield frame;
    }
  },
};

/** Its tokens are the numbers of the frames it was shown. */
function reranker(onClose: () => void): Reranker {
  const described = ({ frames }: ClipFrames) => Float32Array.from(frames, ([index]) => index!);
  return {
    model,
    describeTexts: async () => [],
    describeVideo: async (clip) => ({ embedding: Float32Array.of(1), tokens: described(clip) }),
    scores: async () => new Float32Array(),
    close: async () => onClose(),
  };
}

function reader(openReranker: () => Promise<Reranker>): ClipFeatureReader {
  return new ClipFeatureReader({
    media: media as MediaReader,
    openReranker,
    sampleFrames: sampleFrameIndices,
    modelFingerprint: 'f',
  });
}

describe('ClipFeatureReader', () => {
  it('looks at the frames of a clip that were encoded when its video came in', async () => {
    const plan = planClips(info, clips, model.framesPerClip, sampleFrameIndices);
    expect(plan.length).toBeGreaterThan(5);
    const features = reader(async () => reranker(() => {}));
    for (const { startSeconds, endSeconds, frameIndices } of plan) {
      const { tokens } = await features.features({ path: 'a.mp4', startSeconds, endSeconds });
      expect([...tokens]).toEqual(frameIndices);
    }
  });

  it('opens the encoder once, at the first question, and closes what it opened', async () => {
    const calls: string[] = [];
    const features = reader(async () => {
      calls.push('open');
      return reranker(() => calls.push('close'));
    });
    const clip = { path: 'a.mp4', startSeconds: 0, endSeconds: 3 };
    expect(calls).toEqual([]);
    await Promise.all([features.features(clip), features.features(clip)]);
    await features.close();
    expect(calls).toEqual(['open', 'close']);
    await reader(async () => reranker(() => calls.push('never'))).close();
    expect(calls).toEqual(['open', 'close']);
  });

  it('tries again after an encoder that could not be opened', async () => {
    let tries = 0;
    const features = reader(async () => {
      tries += 1;
      if (tries === 1) throw new Error('no memory');
      return reranker(() => {});
    });
    const clip = { path: 'a.mp4', startSeconds: 0, endSeconds: 3 };
    await expect(features.features(clip)).rejects.toThrow('no memory');
    expect((await features.features(clip)).tokens).toHaveLength(model.framesPerClip);
  });
});
