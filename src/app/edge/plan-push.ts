import { basename } from 'node:path';
import { AppError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';
import {
  type EdgeCopy,
  type EdgeVideoRow,
  edgeMediaKey,
  type HeldLibrary,
  type HeldPage,
  type HeldVideo,
} from '../../ports/edge-copy.js';
import type { LibrarySnapshot, NumberedVideo } from '../../ports/library-transfer.js';
import { hasVideoFile } from '../videos/video-file.js';
import { aboutChecksum, clipsChecksum } from './edge-checksums.js';
import { type PicturePlan, planPictures } from './edge-pictures.js';

/** What has to go to the edge for a video that is new there, or another by now. */
export interface VideoChange {
  isNew: boolean;
  /** What people say about it, its file or its pictures. */
  about: boolean;
  clips: boolean;
  hasFile: boolean;
  /** 0 when its file is there. */
  fileBytes: number;
  /** Undefined when they are there, or cannot be made. */
  pictures: PicturePlan | undefined;
}

/** The difference between a library and its copy. */
export interface PushPlan {
  held: HeldLibrary;
  /** By the id of the video. */
  changes: ReadonlyMap<string, VideoChange>;
  /** Ids of videos that the library does not have. */
  gone: readonly string[];
  /** Keys of files that no video of the library has. */
  needlessFiles: readonly string[];
  /** The copy searches vectors of another model until all of this one are there. */
  switchesModel: boolean;
}

/**
 * Compares a library with its copy, and changes nothing.
 * @param replace a copy of quite another library, too
 * @throws AppError `conflict` when the copy is of another library, and that is not wanted; as `LibrarySnapshot` and `EdgeCopy`.
 */
export async function planPush(
  { snapshot, blobs }: { snapshot: LibrarySnapshot; blobs: BlobStore },
  edge: EdgeCopy,
  modelFingerprint: string,
  { replace, onCompared }: { replace: boolean; onCompared?: ((share: number) => void) | undefined },
): Promise<PushPlan> {
  const held = await edge.held();
  const heldVideos = new Map<string, HeldVideo>();
  for await (const video of all((after) => edge.heldVideos(modelFingerprint, after)))
    heldVideos.set(video.id, video);
  const files = new Set<string>();
  for (const kind of ['media', 'thumbnails'] as const) {
    for await (const key of all((after) => edge.heldFiles(kind, after))) files.add(key);
  }

  const changes = new Map<string, VideoChange>();
  const gone = new Map(heldVideos);
  const needless = new Set(files);
  let compared = 0;
  for await (const video of snapshot.numberedVideos()) {
    const there = heldVideos.get(video.id);
    const hasFile = await hasVideoFile(video, blobs);
    const pictures = planPictures(video);
    const change: VideoChange = {
      isNew: there === undefined,
      about: there?.checksum !== checksumOf(video, hasFile, pictures),
      clips: there?.clipsChecksum !== clipsChecksum(video.clips),
      hasFile,
      fileBytes: hasFile && !files.has(edgeMediaKey(video.contentHash)) ? video.sizeBytes : 0,
      pictures: hasFile && there?.pictureKey !== pictures.key ? pictures : undefined,
    };
    if (change.about || change.clips || change.fileBytes > 0) changes.set(video.id, change);
    gone.delete(video.id);
    needless.delete(edgeMediaKey(video.contentHash));
    if (hasFile) needless.delete(pictures.key);
    compared++;
    onCompared?.(compared / snapshot.counts.videos);
  }
  if (!replace && heldVideos.size > 0 && gone.size === heldVideos.size) throw isAnother(heldVideos.size);
  return {
    held,
    changes,
    gone: [...gone.keys()],
    needlessFiles: [...needless],
    switchesModel: held.clips > 0 && held.modelFingerprint !== modelFingerprint,
  };
}

/** Of what is about a video, when its file and these pictures are there. */
export function checksumOf(
  video: NumberedVideo,
  hasFile: boolean,
  { key }: Pick<PicturePlan, 'key'>,
): string {
  return aboutChecksum({
    row: edgeRow(video),
    hasFile,
    // Which pictures they are, the key says.
    pictures: hasFile ? { key, index: [] } : null,
  });
}

/** A video as readers of the copy see it: where its file is on the publisher's machine is not for them. */
export function edgeRow({ id: _, clips: _c, blobKey, sourcePath, ...row }: NumberedVideo): EdgeVideoRow {
  return { ...row, sourcePath: blobKey === null ? basename(sourcePath) : sourcePath };
}

async function* all<Item>(page: (after?: string) => Promise<HeldPage<Item>>): AsyncGenerator<Item> {
  let after: string | undefined;
  do {
    const { items, next } = await page(after);
    yield* items;
    after = next;
  } while (after !== undefined);
}

function isAnother(videos: number): AppError {
  return new AppError(
    'conflict',
    `The Worker holds ${videos} videos, and none of them is in this library: it is a copy of another one.`,
    { hint: 'Look at --data and at the address; to put this library in its place, add --replace.' },
  );
}
