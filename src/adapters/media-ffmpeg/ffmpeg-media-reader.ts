import type { MediaInfo, MediaReader, SmallFrame, VideoFrame } from '../../ports/media-reader.js';
import { PictureMemory } from './picture-memory.js';
import { type ProbedMedia, probeMedia } from './probe-media.js';
import { type FfmpegPrograms, programsFromEnvironment } from './programs.js';
import { RecentProbes } from './recent-probes.js';
import { streamFrames } from './stream-frames.js';
import { surveyFrames } from './survey-frames.js';
import { makeThumbnail } from './thumbnail.js';

/** Reads video files with the system's ffmpeg and ffprobe. */
export class FfmpegMediaReader implements MediaReader {
  readonly #programs: FfmpegPrograms;
  readonly #memory = new PictureMemory();
  readonly #recent = new RecentProbes();
  /** What `probe` found out beyond what it returns. */
  readonly #probed = new WeakMap<MediaInfo, ProbedMedia>();

  constructor(programs: FfmpegPrograms = programsFromEnvironment()) {
    this.#programs = programs;
  }

  async probe(path: string, signal?: AbortSignal): Promise<MediaInfo> {
    const media = await probeMedia(this.#programs, path, signal);
    this.#probed.set(media.info, media);
    return media.info;
  }

  /** @param info as `probe` returned it; a copy costs another probe. */
  async *frames(
    path: string,
    info: MediaInfo,
    indices: readonly number[],
    signal?: AbortSignal,
  ): AsyncGenerator<VideoFrame> {
    const media = await this.#media(path, info, signal);
    yield* streamFrames(this.#programs.ffmpeg, path, media, indices, this.#memory, signal);
  }

  /** @param info as `probe` returned it; a copy costs another probe. */
  async *survey(path: string, info: MediaInfo, signal?: AbortSignal): AsyncGenerator<SmallFrame> {
    yield* surveyFrames(this.#programs.ffmpeg, path, await this.#media(path, info, signal), signal);
  }

  async thumbnail(path: string, atSeconds: number, width: number, signal?: AbortSignal): Promise<Uint8Array> {
    const media = await this.#recent.of(path, () => probeMedia(this.#programs, path, signal));
    return makeThumbnail(this.#programs.ffmpeg, path, media, atSeconds, width, signal);
  }

  async #media(path: string, info: MediaInfo, signal?: AbortSignal): Promise<ProbedMedia> {
    return this.#probed.get(info) ?? (await probeMedia(this.#programs, path, signal));
  }
}
