/** What is known of a video file after probing it. */
export interface MediaInfo {
  /** Container names as the demuxer gives them, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  codec: string;
  /** Width and height in pixels in display orientation (after rotation). */
  width: number;
  height: number;
  /** Clockwise rotation in degrees already accounted for in width and height: 0, 90, 180 or 270. */
  rotationDegrees: number;
  hasAudio: boolean;
  durationSeconds: number;
  /**
   * Presentation time in media seconds of every frame, ascending, one entry a frame: the one timebase of Videre.
   * Zero is where a player's clock starts (the container's start time). Right for variable frame rate.
   */
  frameTimes: Float64Array;
}

/** One decoded frame in display orientation; of a large video it may be scaled down, never its shape changed. */
export interface VideoFrame {
  /** Position in `MediaInfo.frameTimes`. */
  index: number;
  timeSeconds: number;
  width: number;
  height: number;
  /** RGB, 8 bit, row by row: [height, width, 3]. */
  pixels: Uint8Array;
  /**
   * To be called once, by who does not look at the pixels any more: their memory may hold another frame then. Who does not
   * leaves it to the garbage collector, which takes long to see memory that threads share.
   */
  release?: () => void;
}

/** Edge in pixels of the pictures of a survey. */
export const SURVEY_EDGE = 32;

/** A frame as a survey shows it: enough to tell how much it differs from its neighbours. */
export interface SmallFrame {
  /** One of `MediaInfo.frameTimes`. */
  timeSeconds: number;
  /** RGB, 8 bit, row by row: [SURVEY_EDGE, SURVEY_EDGE, 3], the whole picture squeezed into it. */
  pixels: Uint8Array;
}

export interface MediaReader {
  /** @throws AppError `file-not-found`, `unsupported-media`, `media-limit`, `timed-out`, `missing-dependency`. */
  probe(path: string, signal?: AbortSignal): Promise<MediaInfo>;
  /**
   * Decodes exactly the frames asked for, in ascending order, in one pass over the file.
   * @param indices distinct positions in `info.frameTimes`, ascending.
   * @throws AppError `truncated-media` when the file ends before the last index asked for.
   */
  frames(
    path: string,
    info: MediaInfo,
    indices: readonly number[],
    signal?: AbortSignal,
  ): AsyncIterable<VideoFrame>;
  /**
   * Small pictures of all frames that can be decoded, in ascending order, in one pass over the file.
   * @throws AppError `timed-out`, `missing-dependency`. A file that is cut short just ends.
   */
  survey(path: string, info: MediaInfo, signal?: AbortSignal): AsyncIterable<SmallFrame>;
  /** A JPEG of the frame shown at `atSeconds`, scaled to `width` pixels, aspect ratio kept. */
  thumbnail(path: string, atSeconds: number, width: number, signal?: AbortSignal): Promise<Uint8Array>;
}
