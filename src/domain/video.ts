import type { JsonObject } from './json.js';

/**
 * `processing`: its bytes are in the library, its clips not yet. `ready`: it can be found. `failed`: its last job did
 * not end well; the job says why, and can be tried again.
 */
export type VideoStatus = 'processing' | 'ready' | 'failed';

/** What probing a file finds out about it. */
export interface MediaFacts {
  container: string;
  codec: string;
  /** Pixels in display orientation. */
  width: number;
  height: number;
  durationSeconds: number;
  frameCount: number;
}

/** What people say about a video; all of it is theirs to change. */
export interface VideoDescription {
  title: string;
  /** Empty when nobody wrote one. */
  description: string;
  /** Each once, in the order given. */
  tags: string[];
  /** Whatever the caller wants to keep beside the video. */
  metadata: JsonObject;
}

/** Where the bytes of a video are. */
export interface VideoMedia {
  /** Hex SHA-256 of the whole file: the same content is the same video, whatever its name. */
  contentHash: string;
  sizeBytes: number;
  /**
   * Where it came from: the absolute path of a file that is left where it is, else (with a `blobKey`) the name it was
   * uploaded under or its address, which is for people to read only.
   */
  sourcePath: string;
  /** Key of the library's own copy in the `BlobStore`; null when the file at `sourcePath` is the only one. */
  blobKey: string | null;
}

/** A video the library knows. */
export interface Video extends VideoDescription, VideoMedia, Nullable<MediaFacts> {
  id: string;
  status: VideoStatus;
  /** Milliseconds since 1970. For people to read: nothing is ordered or decided by it. */
  createdAtMs: number;
  updatedAtMs: number;
  /** Grows by one with every change. */
  revision: number;
}

/** Facts are null until the file was probed, which a `ready` video was. */
type Nullable<Facts> = { [Key in keyof Facts]: Facts[Key] | null };
