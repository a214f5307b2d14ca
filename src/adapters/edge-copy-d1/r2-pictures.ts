import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { AppError } from '../../domain/errors.js';
import type { Video } from '../../domain/video.js';
import type { EdgePicture } from '../../ports/edge-copy.js';
import type { VideoPictures } from '../../ports/video-pictures.js';

/** The pictures that were pushed: of whichever width they have, and as near in time as there is one. */
export class R2Pictures implements VideoPictures {
  readonly #database: D1Database;
  readonly #files: R2Bucket;

  constructor(database: D1Database, files: R2Bucket) {
    this.#database = database;
    this.#files = files;
  }

  async picture(video: Video, atSeconds: number): Promise<ReadableStream<Uint8Array>> {
    const pushed = await this.#database
      .prepare('select picture_key as key, pictures from edge_videos where video_id = ?')
      .bind(video.id)
      .first<{ key: string | null; pictures: string }>();
    const nearest = nearestInTime(JSON.parse(pushed?.pictures ?? '[]') as EdgePicture[], atSeconds * 1000);
    const key = pushed?.key ?? undefined;
    if (key === undefined || nearest === undefined) throw noPicture(video.id);
    const [, offset, length] = nearest;
    const object = await this.#files.get(key, { range: { offset, length } });
    if (object === null) throw noPicture(video.id);
    // The runtime's own type of stream, which is the standard's.
    return object.body as unknown as ReadableStream<Uint8Array>;
  }
}

function nearestInTime(pictures: readonly EdgePicture[], wantedMs: number): EdgePicture | undefined {
  const distanceMs = ([atMs]: EdgePicture) => Math.abs(atMs - wantedMs);
  return pictures.reduce<EdgePicture | undefined>(
    (best, picture) => (best === undefined || distanceMs(picture) < distanceMs(best) ? picture : best),
    undefined,
  );
}

function noPicture(videoId: string): AppError {
  return new AppError('not-found', `The copy has no picture of the video ${videoId}.`, {
    hint: 'Its file was not there when the library was pushed, or a push is under way.',
  });
}
