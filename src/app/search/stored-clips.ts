import { AppError } from '../../domain/errors.js';
import type { TimeRange } from '../../domain/time-range.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { MediaInfo, MediaReader } from '../../ports/media-reader.js';
import { type AssembledClip, assembleClips } from '../assemble-clips.js';
import { type FrameSampler, framesNeeded, type PlannedClip, planClips } from '../plan-clips.js';
import { noSuchVideo } from '../videos/delete-video.js';
import { withVideoFile } from '../videos/video-file.js';

export interface StoredClipsDependencies {
  catalog: Catalog;
  blobs: BlobStore;
  media: MediaReader;
  sampleFrames: FrameSampler;
  framesPerClip: number;
}

/** Videos whose probe is remembered: the moments of one search often share one. */
const REMEMBERED_PROBES = 64;

type ClipOfVideo = { videoId: string } & TimeRange;

/** Looks again at the frames of clips that are in the library: the same ones that were encoded when they came. */
export class StoredClips {
  readonly #dependencies: StoredClipsDependencies;
  /** By content hash, the oldest first. */
  readonly #probes = new Map<string, MediaInfo>();

  constructor(dependencies: StoredClipsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws AppError `not-found` when the video or its file is gone, and what `MediaReader` throws. */
  async frames(clip: ClipOfVideo, signal?: AbortSignal): Promise<AssembledClip> {
    const { media } = this.#dependencies;
    return this.#withPlan(clip, signal, async (path, info, plan) => {
      const frames = media.frames(path, info, framesNeeded(plan), signal);
      for await (const assembled of assembleClips(plan, frames)) return assembled;
      throw new AppError('internal', `No frames of ${path} came back.`);
    });
  }

  /** Seconds of the frames, ascending, each once. @throws AppError as `frames`. */
  frameTimes(clip: ClipOfVideo, signal?: AbortSignal): Promise<number[]> {
    return this.#withPlan(clip, signal, async (_path, info, plan) =>
      framesNeeded(plan).map((index) => info.frameTimes[index]!),
    );
  }

  async #withPlan<Result>(
    { videoId, startSeconds, endSeconds }: ClipOfVideo,
    signal: AbortSignal | undefined,
    work: (path: string, info: MediaInfo, plan: PlannedClip[]) => Promise<Result>,
  ): Promise<Result> {
    const { catalog, blobs, media, sampleFrames, framesPerClip } = this.#dependencies;
    const video = await catalog.getVideo(videoId);
    if (video === undefined) throw noSuchVideo(videoId);
    return withVideoFile(video, blobs, async (path) => {
      const info = this.#probes.get(video.contentHash) ?? (await media.probe(path, signal));
      this.#remember(video.contentHash, info);
      const range = { startSeconds, endSeconds };
      const windowSeconds = endSeconds - startSeconds;
      const windowing = { windowSeconds, strideSeconds: windowSeconds };
      return work(path, info, planClips(info, windowing, framesPerClip, sampleFrames, [range]));
    });
  }

  #remember(contentHash: string, info: MediaInfo): void {
    this.#probes.delete(contentHash);
    this.#probes.set(contentHash, info);
    if (this.#probes.size > REMEMBERED_PROBES) this.#probes.delete(this.#probes.keys().next().value!);
  }
}
