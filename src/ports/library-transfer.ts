import type { TimeRange } from '../domain/time-range.js';
import type { MediaFacts, VideoDescription, VideoMedia } from '../domain/video.js';
import type { Embedding } from './encoders.js';

export interface TransferredCaption {
  text: string;
  /** Name of the language model. */
  model: string;
  createdAtMs: number;
}

export interface TransferredClip extends TimeRange {
  vector: Embedding;
  caption?: TransferredCaption | undefined;
}

/** A ready video with all that is known of it, on its way from one library to another. */
export interface TransferredVideo extends VideoDescription, VideoMedia, MediaFacts {
  createdAtMs: number;
  clips: readonly TransferredClip[];
}

/** A ready video as its library numbers it and its clips: for a copy that answers as the library does. */
export interface NumberedVideo extends Omit<TransferredVideo, 'clips'> {
  id: string;
  /** Place in the order of arrival. */
  sequence: number;
  updatedAtMs: number;
  revision: number;
  clips: readonly NumberedClip[];
}

export interface NumberedClip extends TransferredClip {
  id: number;
}

export interface TransferCounts {
  videos: number;
  clips: number;
}

/** A library as it was at one moment, whatever happens to it meanwhile. */
export interface LibrarySnapshot {
  /** The model whose vectors it searches; undefined when it has none. */
  readonly modelFingerprint: string | undefined;
  readonly counts: TransferCounts;
  /**
   * The ready videos, in order of arrival.
   * @throws AppError `corrupt-data` naming the clip that does not match its checksum.
   */
  videos(): AsyncIterable<TransferredVideo>;
  /** The same, with their numbers. @throws AppError as `videos`. */
  numberedVideos(): AsyncIterable<NumberedVideo>;
  close(): Promise<void>;
}

/** Takes videos into a library: all that were added appear together, or none. Nobody else may write to it meanwhile. */
export interface LibraryLoader {
  readonly counts: TransferCounts;
  readonly modelFingerprint: string | undefined;
  /** Width of its vectors; undefined while there are none that say it. */
  readonly dimension: number | undefined;
  /** Whether a video of this content is there, or was added. */
  has(contentHash: string): Promise<boolean>;
  add(video: TransferredVideo, modelFingerprint: string): Promise<void>;
  commit(): Promise<void>;
  /** Takes nothing in, unless it was committed. */
  close(): Promise<void>;
}
