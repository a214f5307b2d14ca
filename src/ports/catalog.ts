import type { Clip } from '../domain/clip.js';
import type { TimeRange } from '../domain/time-range.js';
import type { Video } from '../domain/video.js';
import type { Embedding } from './encoders.js';

/** A clip on its way into the catalog, which gives it its id. */
export interface NewClip extends TimeRange {
  vector: Embedding;
}

export interface ClipVector {
  clipId: number;
  vector: Embedding;
}

/** A clip with what a search result says about its video. */
export interface LocatedClip extends Clip {
  title: string;
  path: string;
}

export interface VideoPage {
  /** Newest first. */
  videos: (Video & { clipCount: number })[];
  /** Give it back to get the next page; undefined on the last. */
  nextCursor: string | undefined;
}

export interface LibrarySize {
  videos: number;
  clips: number;
}

/** The source of truth for videos, clips and vectors. Whatever it acknowledges survives a crash and a power cut. */
export interface Catalog {
  findByContentHash(contentHash: string): Promise<Video | undefined>;
  /**
   * Stores a video with its clips and vectors, all or nothing.
   * @returns false, and stores nothing, when its content is known already.
   */
  addVideo(video: Video, clips: readonly NewClip[], modelFingerprint: string): Promise<boolean>;
  /** @throws AppError `invalid-input` for a cursor this catalog did not give. */
  listVideos(limit: number, cursor?: string): Promise<VideoPage>;
  /** Those of the clips that exist, in any order. */
  locateClips(clipIds: readonly number[]): Promise<LocatedClip[]>;
  /**
   * The vectors of all clips with an id above `afterClipId`, ascending, in batches.
   * @throws AppError `corrupt-data` naming the clip whose vector does not match its checksum.
   */
  vectorsAfter(afterClipId: number): AsyncIterable<ClipVector[]>;
  /** Highest clip id in use; 0 when there is none. */
  lastClipId(): Promise<number>;
  size(): Promise<LibrarySize>;
  /** The models whose vectors are stored: none in an empty library, one in every other. */
  modelFingerprints(): Promise<string[]>;
  close(): Promise<void>;
}
