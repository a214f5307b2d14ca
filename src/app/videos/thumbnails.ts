import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { MediaReader } from '../../ports/media-reader.js';
import type { VideoPictures } from '../../ports/video-pictures.js';
import { Turns } from '../turns.js';
import { noSuchVideo } from './no-such-video.js';
import { THUMBNAILS, thumbnailKey } from './thumbnail-keys.js';
import { withVideoFile } from './video-file.js';

/** About 60 MB of small pictures. */
const MAX_KEPT = 4000;
/** Each is a process that decodes. */
const TURNS = { atOnce: 2, mostWaiting: 100, tooMany: 'Too many thumbnails are being made.' };

/** Pictures out of videos, made once and kept as long as there is room: the one that was asked for least lately goes. */
export class Thumbnails implements VideoPictures {
  readonly #catalog: Catalog;
  readonly #blobs: BlobStore;
  readonly #media: MediaReader;
  readonly #maxKept: number;
  /** Keys of what is kept, the least lately asked for first. */
  #kept: Promise<Set<string>> | undefined;
  readonly #beingMade = new Map<string, Promise<void>>();
  readonly #turns = new Turns(TURNS);

  constructor(catalog: Catalog, blobs: BlobStore, media: MediaReader, maxKept = MAX_KEPT) {
    this.#catalog = catalog;
    this.#blobs = blobs;
    this.#media = media;
    this.#maxKept = maxKept;
  }

  /**
   * A JPEG of the frame shown at a time.
   * @param width pixels, aspect ratio kept.
   * @throws AppError `invalid-input`, `not-found` when the file is gone, `overloaded`, and what `MediaReader` throws.
   */
  async picture(video: Video, atSeconds: number, width: number): Promise<ReadableStream<Uint8Array>> {
    const key = thumbnailKey(video.id, Math.round(atSeconds * 1000), width);
    const kept = await this.#keptKeys();
    if (!kept.has(key) || (await this.#blobs.size(key)) === undefined) {
      await this.#makeOnce(key, video, atSeconds, width);
    }
    kept.delete(key);
    kept.add(key);
    await this.#makeRoom(kept);
    return this.#blobs.read(key);
  }

  #keptKeys(): Promise<Set<string>> {
    this.#kept ??= (async () => {
      const keys = new Set<string>();
      for await (const key of this.#blobs.list(THUMBNAILS)) keys.add(key);
      return keys;
    })();
    return this.#kept;
  }

  async #makeRoom(kept: Set<string>): Promise<void> {
    for (const key of kept) {
      if (kept.size <= this.#maxKept) return;
      kept.delete(key);
      await this.#blobs.delete(key);
    }
  }

  /** Who asks for the same picture meanwhile waits for the same one. */
  #makeOnce(key: string, video: Video, atSeconds: number, width: number): Promise<void> {
    const underWay = this.#beingMade.get(key);
    if (underWay !== undefined) return underWay;
    const making = this.#make(key, video, atSeconds, width).finally(() => this.#beingMade.delete(key));
    this.#beingMade.set(key, making);
    return making;
  }

  #make(key: string, video: Video, atSeconds: number, width: number): Promise<void> {
    return this.#turns.take(async () => {
      const jpeg = await withVideoFile(video, this.#blobs, (path) =>
        this.#media.thumbnail(path, atSeconds, width),
      );
      await this.#blobs.write(key, once(jpeg));
      if ((await this.#catalog.getVideo(video.id)) !== undefined) return;
      // Deleted meanwhile, and perhaps its thumbnails before this one was there.
      await this.#blobs.delete(key);
      throw noSuchVideo(video.id);
    });
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
