import { assembleClips } from '../../src/app/assemble-clips.js';
import { encodeClips } from '../../src/app/encode-clips.js';
import { framesNeeded, type PlannedClip, planClips } from '../../src/app/plan-clips.js';
import { surveyShots } from '../../src/app/survey-shots.js';
import type { ClipWindowing } from '../../src/model/bundle.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import type { Embedding, VideoEncoder } from '../../src/ports/encoders.js';
import type { MediaInfo, MediaReader } from '../../src/ports/media-reader.js';

/** The clips of a video under several ways of cutting it; one that several of them make is encoded once. */
export class EncodedFootage {
  readonly #vectors: Map<string, Embedding>;
  readonly #plans: Map<ClipWindowing, PlannedClip[]>;

  private constructor(plans: Map<ClipWindowing, PlannedClip[]>, vectors: Map<string, Embedding>) {
    this.#plans = plans;
    this.#vectors = vectors;
  }

  static async encode(
    path: string,
    windowings: readonly ClipWindowing[],
    media: MediaReader,
    encoder: VideoEncoder,
  ): Promise<EncodedFootage> {
    const info = await media.probe(path);
    const shots = await surveyShots(path, info, media);
    const plans = new Map(
      windowings.map((windowing) => [
        windowing,
        plan(info, windowing, encoder, windowing.shots === false ? undefined : shots),
      ]),
    );
    const distinct = [...new Map([...plans.values()].flat().map((clip) => [keyOf(clip), clip])).values()];
    const frames = media.frames(path, info, framesNeeded(distinct));
    const vectors = await encodeClips(assembleClips(distinct, frames), encoder, () => {});
    return new EncodedFootage(
      plans,
      new Map(distinct.map((clip, position) => [keyOf(clip), vectors[position]!])),
    );
  }

  clips(windowing: ClipWindowing): { clip: PlannedClip; vector: Embedding }[] {
    return this.#plans.get(windowing)!.map((clip) => ({ clip, vector: this.#vectors.get(keyOf(clip))! }));
  }
}

function plan(
  info: MediaInfo,
  windowing: ClipWindowing,
  { model }: VideoEncoder,
  shots: Awaited<ReturnType<typeof surveyShots>> | undefined,
): PlannedClip[] {
  return planClips(info, windowing, model.framesPerClip, sampleFrameIndices, shots);
}

/** The same frames in the same order give the same vector. */
function keyOf({ frameIndices }: PlannedClip): string {
  return frameIndices.join();
}
