import type { Clip } from '../domain/clip.js';
import type { Job } from '../domain/job.js';
import type { TimeRange } from '../domain/time-range.js';
import type { MediaFacts, Video, VideoDescription, VideoMedia, VideoStatus } from '../domain/video.js';
import type { Embedding } from './encoders.js';
import type { NewJob } from './job-queue.js';

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

/** A clip of a known video with its vector. */
export interface StoredClip extends Clip {
  vector: Embedding;
  modelFingerprint: string;
}

/** A video whose bytes are there and whose clips are not yet. */
export type NewVideo = { id: string } & VideoMedia & VideoDescription;

/** The job that will make a video ready: a new one, stored in the same transaction, or one that runs already. */
export type ProcessingJob = { enqueue: NewJob } | { jobId: string };

export interface Registration {
  /** Of another `blobKey` than the one given when its content was known: the new bytes can go then. */
  video: Video;
  /** The job that works on the video, or did last; undefined for one that was ingested without a job. */
  job: Job | undefined;
}

export interface VideoFilter {
  /** Part of the title, in any case (of Latin letters). */
  titleContains?: string | undefined;
  tag?: string | undefined;
  status?: VideoStatus | undefined;
  minDurationSeconds?: number | undefined;
  maxDurationSeconds?: number | undefined;
  /** Milliseconds since 1970, included. */
  createdFromMs?: number | undefined;
  /** Milliseconds since 1970, not included. */
  createdBeforeMs?: number | undefined;
}

export interface ListedVideo extends Video {
  clipCount: number;
}

export interface VideoPage {
  /** Newest first. */
  videos: ListedVideo[];
  /** Give it back to get the next page; undefined on the last. */
  nextCursor: string | undefined;
}

export interface ClipPage {
  /** By start, and those that start together by id; they may overlap. */
  clips: StoredClip[];
  /** Give it back to get the next page; undefined on the last. */
  nextCursor: string | undefined;
}

/** What a deleted video leaves to be cleaned up outside the catalog. */
export interface DeletedVideo {
  video: Video;
  clipIds: number[];
}

export interface LibrarySize {
  videos: number;
  clips: number;
}

/** What can be looked up in a catalog, also where it may not be changed. */
export interface CatalogReader {
  getVideo(videoId: string): Promise<ListedVideo | undefined>;
  /**
   * A page of the videos that pass the filter. Videos that arrive meanwhile come before the first page and move nothing.
   * @throws AppError `invalid-input` for a cursor this catalog did not give.
   */
  listVideos(limit: number, cursor?: string, filter?: VideoFilter): Promise<VideoPage>;
  /**
   * A page of the clips of a video; none of a video that is not there.
   * @throws AppError `invalid-input` for a cursor this catalog did not give, `corrupt-data` naming the clip that does not
   *   match its checksum.
   */
  listClips(videoId: string, limit: number, cursor?: string): Promise<ClipPage>;
  /**
   * All clips of a video, by start.
   * @throws AppError `corrupt-data` naming the clip that does not match its checksum.
   */
  clipsOfVideo(videoId: string): Promise<StoredClip[]>;
  /** Those of the clips that exist, in any order. */
  locateClips(clipIds: readonly number[]): Promise<LocatedClip[]>;
  /**
   * The vectors of all clips with an id above `afterClipId`, ascending, in batches.
   * @param damaged what becomes of a clip that does not match its checksum; passed over, it is one of `damagedClips`.
   * @throws AppError `corrupt-data` naming the clip, unless it is passed over.
   */
  vectorsAfter(afterClipId: number, damaged?: 'refuse' | 'pass-over'): AsyncIterable<ClipVector[]>;
  /** Ids of all clips, also of damaged ones, ascending, in batches. */
  clipIds(): AsyncIterable<number[]>;
  /** Ids of the clips that were passed over. */
  damagedClips(): number[];
  /** Highest clip id in use; 0 when there is none. */
  lastClipId(): Promise<number>;
  size(): Promise<LibrarySize>;
}

/** The source of truth for videos, clips and vectors. Whatever it acknowledges survives a crash and a power cut. */
export interface Catalog extends CatalogReader {
  findByContentHash(contentHash: string): Promise<Video | undefined>;
  /**
   * Stores a ready video with its clips and vectors, all or nothing. One of the same content that is not ready yet is
   * completed under its own id.
   * @returns false, and stores nothing, when its content is ready already.
   */
  addVideo(video: Video, clips: readonly NewClip[], modelFingerprint: string): Promise<boolean>;
  /**
   * Stores a video as `processing` together with the job that will complete it. One of the same content is not stored
   * again: if it had `failed` it gets the job and is `processing` once more, else it stays as it is, and so it does for
   * a request that was answered before (`NewJob.idempotency`).
   * @throws AppError `conflict` as `JobQueue.enqueue`.
   */
  registerVideo(video: NewVideo, job: ProcessingJob): Promise<Registration>;
  /**
   * Makes a processing video ready: its facts, clips and vectors, all or nothing.
   * @returns false, and stores nothing, when it was deleted or is ready.
   */
  completeVideo(
    videoId: string,
    facts: MediaFacts,
    clips: readonly NewClip[],
    modelFingerprint: string,
  ): Promise<boolean>;
  /** Gives a video whose file was lost another copy of the same content. @returns false when there is no such video. */
  replaceFile(videoId: string, file: Pick<VideoMedia, 'blobKey' | 'sourcePath'>): Promise<boolean>;
  /**
   * Changes what people say about a video.
   * @param ifRevision stores nothing unless the video is of this revision.
   * @returns the video as it is now; undefined when there is none.
   * @throws AppError `precondition-failed` when it is of another revision.
   */
  updateVideo(
    videoId: string,
    changes: Partial<VideoDescription>,
    ifRevision?: number,
  ): Promise<ListedVideo | undefined>;
  /**
   * Deletes a video with its clips, vectors and jobs; work under way on it comes to nothing.
   * @returns undefined when there is none.
   */
  deleteVideo(videoId: string): Promise<DeletedVideo | undefined>;
  /** The model whose vectors are searched; undefined while there are none. */
  modelFingerprint(): Promise<string | undefined>;
  /** Keys of the stored copies that videos have. */
  blobKeys(): Promise<string[]>;
  close(): Promise<void>;
}
