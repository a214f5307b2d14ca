import { AppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { TimeRange } from '../../domain/time-range.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { MediaInfo, MediaReader } from '../../ports/media-reader.js';
import { type AssembledClip, assembleClips } from '../assemble-clips.js';
import { type FrameSampler, framesNeeded, type PlannedClip, planClips } from '../plan-clips.js';
import { noSuchVideo } from '../videos/no-such-video.js';
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
/** The times of so many frames, of all of them together, take 32 MB. */
const REMEMBERED_FRAMES = 4_000_000;

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
    return this.#withVideo(clip.videoId, signal, async (path, info) => {
      const plan = this.#plan(clip, info);
      const frames = media.frames(path, info, framesNeeded(plan), signal);
      for await (const assembled of assembleClips(plan, frames)) return assembled;
      throw new AppError('internal', `No frames of ${path} came back.`);
    });
  }

  /**
   * Seconds of the frames of each clip, ascending, each once; null where its video or the file is gone. One video after the
   * other, each asked about once.
   * @throws AppError `cancelled`.
   */
  async frameTimes(clips: readonly ClipOfVideo[], signal?: AbortSignal): Promise<(number[] | null)[]> {
    const times = new Map<ClipOfVideo, number[]>();
    for (const videoId of new Set(clips.map((clip) => clip.videoId))) {
      throwIfCancelled(signal);
      const ofVideo = clips.filter((clip) => clip.videoId === videoId);
      const tell = async (_path: string, info: MediaInfo) => {
        for (const clip of ofVideo) {
          const needed = framesNeeded(this.#plan(clip, info));
          times.set(
            clip,
            needed.map((index) => info.frameTimes[index]!),
          );
        }
      };
      await this.#withVideo(videoId, signal, tell).catch(() => undefined);
    }
    throwIfCancelled(signal);
    return clips.map((clip) => times.get(clip) ?? null);
  }

  #plan({ startSeconds, endSeconds }: TimeRange, info: MediaInfo): PlannedClip[] {
    const { sampleFrames, framesPerClip } = this.#dependencies;
    const windowSeconds = endSeconds - startSeconds;
    const windowing = { windowSeconds, strideSeconds: windowSeconds };
    return planClips(info, windowing, framesPerClip, sampleFrames, [{ startSeconds, endSeconds }]);
  }

  async #withVideo<Result>(
    videoId: string,
    signal: AbortSignal | undefined,
    work: (path: string, info: MediaInfo) => Promise<Result>,
  ): Promise<Result> {
    const { catalog, blobs, media } = this.#dependencies;
    const video = await catalog.getVideo(videoId);
    if (video === undefined) throw noSuchVideo(videoId);
    return withVideoFile(video, blobs, async (path) => {
      const info = this.#probes.get(video.contentHash) ?? (await media.probe(path, signal));
      this.#remember(video.contentHash, info);
      return work(path, info);
    });
  }

  #remember(contentHash: string, info: MediaInfo): void {
    this.#probes.delete(contentHash);
    this.#probes.set(contentHash, info);
    let frames = 0;
    for (const { frameTimes } of this.#probes.values()) frames += frameTimes.length;
    for (const [oldest, { frameTimes }] of this.#probes) {
      if (this.#probes.size <= REMEMBERED_PROBES && frames <= REMEMBERED_FRAMES) return;
      this.#probes.delete(oldest);
      frames -= frameTimes.length;
    }
  }
}
