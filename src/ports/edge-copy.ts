import type { StoredApiKey } from './api-keys.js';
import type { Embedding, ModelInfo } from './encoders.js';
import type { NumberedClip, NumberedVideo } from './library-transfer.js';

/** What one write takes at most: it is one transaction there, of a bounded number of statements. */
export const EDGE_WRITE_VIDEOS = 16;
export const EDGE_WRITE_CLIPS = 128;
/** Larger files go in parts of this size: object stores want parts that are equal, and not small. */
export const EDGE_FILE_PART_BYTES = 8 * 2 ** 20;
/** Of the pictures of a video, which go at once. */
export const EDGE_PICTURES_MAX_BYTES = 16 * 2 ** 20;

/** What a copy holds, and how far it is. */
export interface HeldLibrary {
  videos: number;
  /** Of the model that is searched. */
  clips: number;
  /** The model whose vectors are searched; undefined while there are none. */
  modelFingerprint?: string | undefined;
  /** Whether it holds vectors of no other model. */
  isTidy: boolean;
  /** Of the `EdgeFacts` it has. */
  factsChecksum?: string | undefined;
}

/** What was pushed of a video, by the checksums the publisher gave. */
export interface HeldVideo {
  id: string;
  /** Undefined when what is about it was never pushed. */
  checksum?: string | undefined;
  pictureKey?: string | undefined;
  /** Of its clips of the model that was asked for; undefined when they are not there. */
  clipsChecksum?: string | undefined;
}

export interface HeldPage<Item> {
  items: Item[];
  /** Give it back to get the next page; undefined on the last. */
  next?: string | undefined;
}

/** Some clips of a video, on their way: nobody sees them until the video is published with them. */
export interface ClipPart {
  videoId: string;
  /** From 0. */
  part: number;
  clips: readonly NumberedClip[];
}

export type EdgeVideoRow = Omit<NumberedVideo, 'id' | 'clips' | 'blobKey'>;

/** Pictures of a video, one after the other in one file. */
export interface EdgePictures {
  /** Key of the file. */
  key: string;
  /** Ascending by time. */
  index: readonly EdgePicture[];
}

export type EdgePicture = [atMs: number, offset: number, sizeBytes: number];

/** What readers see of a video from now on; what is left out stays as it is. */
export interface VideoPublication {
  id: string;
  about?: {
    row: EdgeVideoRow;
    /** Whether its file was put; one that is lost cannot be. */
    hasFile: boolean;
    /** Null: none; absent: those it has. */
    pictures?: EdgePictures | null | undefined;
    checksum: string;
  };
  /** All its clips of the push's model, in so many parts, which are there or come along. */
  clips?: { parts: number; checksum: string };
}

export interface EdgeWrite {
  parts: readonly ClipPart[];
  publications: readonly VideoPublication[];
}

/** What is measured where there are models, for a place that has none. */
export interface EdgeFacts {
  model: ModelInfo;
  /** Best scores of unrelated texts in this library, ascending. */
  relevance: readonly number[];
  captions: readonly string[];
  /** One a caption. */
  captionVectors: readonly Embedding[];
  checksum: string;
}

/** A part of a large file. */
export interface FilePart {
  /** From 1. */
  part: number;
  /** Hex. */
  sha256: string;
}

/** Files of videos, and files of their pictures. */
export type EdgeFileKind = 'media' | 'thumbnails';

/** A push that began. */
export interface EdgePush {
  number: number;
  /** Whose vectors it brings. */
  modelFingerprint: string;
}

/**
 * A copy of a library at the edge, as who writes to it sees it. A push takes the place of those that began before it:
 * whatever they ask for from then on is refused with `conflict`, in the transaction that would have done it.
 */
export interface EdgeCopy {
  held(): Promise<HeldLibrary>;
  /** In order of their ids. @param modelFingerprint whose clips are asked about. */
  heldVideos(modelFingerprint: string, after?: string): Promise<HeldPage<HeldVideo>>;
  /** Keys of files that are whole. */
  heldFiles(kind: EdgeFileKind, after?: string): Promise<HeldPage<string>>;
  /** What an earlier push left unpublished is forgotten, but for files and parts of files. */
  begin(modelFingerprint: string): Promise<EdgePush>;
  /**
   * All of it or nothing.
   * @throws AppError `invalid-input` for more than a write takes, `conflict` when parts or the file of a video are missing.
   */
  write(push: EdgePush, write: EdgeWrite): Promise<void>;
  /** Readers do not find them any more; their files stay until they are removed. */
  removeVideos(push: EdgePush, videoIds: readonly string[]): Promise<void>;
  /**
   * From now on the vectors of the push's model are searched, with these facts.
   * @throws AppError `conflict` when a video is without such vectors.
   */
  putFacts(push: EdgePush, facts: EdgeFacts): Promise<void>;
  /** @throws AppError `corrupt-data` when the bytes are others than the hash says. */
  putFile(push: EdgePush, contentHash: string, bytes: Uint8Array): Promise<void>;
  /** Begins a file in parts, or goes on with it. @returns the parts that are there. */
  beginFile(push: EdgePush, contentHash: string): Promise<FilePart[]>;
  /** Each has `EDGE_FILE_PART_BYTES`, but the last. @throws AppError as `putFile`. */
  putFilePart(push: EdgePush, contentHash: string, part: FilePart, bytes: Uint8Array): Promise<void>;
  /** Makes one file of its parts, of which there are so many. @throws AppError `conflict` when some are missing. */
  completeFile(push: EdgePush, contentHash: string, parts: number): Promise<void>;
  /** Forgets the parts of a file. */
  abandonFile(push: EdgePush, contentHash: string): Promise<void>;
  /** @throws AppError as `putFile`. */
  putPictures(push: EdgePush, key: string, bytes: Uint8Array, sha256: string): Promise<void>;
  /** Passes over those that a video needs. */
  removeFiles(push: EdgePush, keys: readonly string[]): Promise<void>;
  /** These API keys and no others open the copy, beside the one that pushes. */
  putKeys(push: EdgePush, keys: readonly StoredApiKey[]): Promise<void>;
  /** Removes some of the vectors of other models. @returns whether there may be more. */
  tidy(push: EdgePush): Promise<boolean>;
}

/** Key of the file of a video. */
export function edgeMediaKey(contentHash: string): string {
  return `media/${contentHash}`;
}
