import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';
import { EDGE_PICTURES_MAX_BYTES, type EdgePicture, type EdgePictures } from '../../ports/edge-copy.js';
import type { NumberedVideo } from '../../ports/library-transfer.js';
import type { MediaReader } from '../../ports/media-reader.js';
import type { PictureWriter } from '../../ports/picture-writer.js';
import { thumbnailPrefix } from '../videos/thumbnail-keys.js';
import { withVideoFile } from '../videos/video-file.js';

/** As many a clip as a language model is shown of it, at the same times. */
const PICTURES_PER_CLIP = 4;
/** Pixels: what a language model is shown; the page shows them smaller. */
const WIDTH = 448;
const MAX_PICTURES = 256;
const PLAN_DIGITS = 16;

/** Which pictures of a video a copy has: there, none can be made. */
export interface PicturePlan {
  /** Ascending. */
  timesMs: readonly number[];
  /** Of the file they are in: another plan has another. */
  key: string;
}

/** The times that are asked for most: those inside of clips; evenly chosen, where a video has too many. */
export function planPictures({ id, contentHash, durationSeconds, clips }: NumberedVideo): PicturePlan {
  const all = clips.flatMap(({ startSeconds, endSeconds }) =>
    Array.from({ length: PICTURES_PER_CLIP }, (_, part) => {
      const share = (part + 0.5) / PICTURES_PER_CLIP;
      return Math.round((startSeconds + share * (endSeconds - startSeconds)) * 1000);
    }),
  );
  if (all.length === 0) all.push(Math.round(durationSeconds * 500));
  const distinct = [...new Set(all)].sort((left, right) => left - right);
  const step = Math.max(1, distinct.length / MAX_PICTURES);
  const timesMs = Array.from(
    { length: Math.min(distinct.length, MAX_PICTURES) },
    (_, order) => distinct[Math.floor(order * step)]!,
  );
  const plan = createHash('sha256')
    .update(JSON.stringify([contentHash, WIDTH, timesMs]))
    .digest('hex');
  return { timesMs, key: `${thumbnailPrefix(id)}${plan.slice(0, PLAN_DIGITS)}` };
}

export interface PictureDependencies {
  blobs: BlobStore;
  media: Pick<MediaReader, 'probe' | 'frames'>;
  pictures: PictureWriter;
}

/**
 * Takes the pictures of a plan out of a video, in one pass over its file.
 * @returns their bytes, and where each is; without those that the file does not reach.
 * @throws AppError `not-found` when the file is gone, and what `MediaReader` throws.
 */
export async function makePictures(
  video: NumberedVideo,
  { timesMs, key }: PicturePlan,
  { blobs, media, pictures }: PictureDependencies,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; pictures: EdgePictures }> {
  return withVideoFile(video, blobs, async (path) => {
    const index: EdgePicture[] = [];
    const jpegs: Uint8Array[] = [];
    let offset = 0;
    const info = await media.probe(path, signal);
    const indices = [...new Set(timesMs.map((atMs) => frameShownAt(info.frameTimes, atMs / 1000)))];
    try {
      for await (const frame of media.frames(path, info, indices, signal)) {
        const jpeg = await pictures.jpeg(frame, WIDTH);
        frame.release?.();
        if (offset + jpeg.byteLength > EDGE_PICTURES_MAX_BYTES) break;
        index.push([Math.round(frame.timeSeconds * 1000), offset, jpeg.byteLength]);
        jpegs.push(jpeg);
        offset += jpeg.byteLength;
      }
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'truncated-media')) throw error;
    }
    return { bytes: Buffer.concat(jpegs), pictures: { key, index } };
  });
}

/** Position of the last frame that is not after `atSeconds`; of the first one before it starts. */
function frameShownAt(frameTimes: Float64Array, atSeconds: number): number {
  return Math.max(
    0,
    frameTimes.findLastIndex((timeSeconds) => timeSeconds <= atSeconds),
  );
}
