import { AppError } from '../../domain/errors.js';
import type { ClipFeatureSource, ClipFeatures, StoredClip } from '../../ports/clip-features.js';
import type { MediaReader } from '../../ports/media-reader.js';
import type { Reranker } from '../../ports/reranker.js';
import { assembleClips } from '../assemble-clips.js';
import { type FrameSampler, framesNeeded, planClips } from '../plan-clips.js';

export interface ClipFeatureDependencies {
  media: MediaReader;
  /** Opened when the first clip is asked for: it holds a second copy of the video encoder. */
  openReranker: () => Promise<Reranker>;
  sampleFrames: FrameSampler;
  modelFingerprint: string;
}

/** Makes a clip's features from its file, with the frames that were encoded when it came into the library. */
export class ClipFeatureReader implements ClipFeatureSource {
  readonly modelFingerprint: string;
  readonly #dependencies: ClipFeatureDependencies;
  #reranker: Promise<Reranker> | undefined;

  constructor(dependencies: ClipFeatureDependencies) {
    this.modelFingerprint = dependencies.modelFingerprint;
    this.#dependencies = dependencies;
  }

  async features({ path, ...range }: StoredClip, signal?: AbortSignal): Promise<ClipFeatures> {
    const { media, sampleFrames } = this.#dependencies;
    const reranker = await this.#open();
    const { framesPerClip } = reranker.model;
    const info = await media.probe(path, signal);
    const uncut = { windowSeconds: Number.POSITIVE_INFINITY, strideSeconds: Number.POSITIVE_INFINITY };
    const plan = planClips(info, uncut, framesPerClip, sampleFrames, [range]);
    for await (const { frames, release } of assembleClips(
      plan,
      media.frames(path, info, framesNeeded(plan), signal),
    )) {
      const { embedding, tokens } = await reranker.describeVideo(frames, signal);
      release();
      return { modelFingerprint: this.modelFingerprint, embedding, tokens };
    }
    throw new AppError('truncated-media', `${path} shows nothing from ${range.startSeconds} s on.`);
  }

  async close(): Promise<void> {
    await (await this.#reranker)?.close();
  }

  #open(): Promise<Reranker> {
    this.#reranker ??= this.#dependencies.openReranker().catch((error: unknown) => {
      // The next question tries again.
      this.#reranker = undefined;
      throw error;
    });
    return this.#reranker;
  }
}
