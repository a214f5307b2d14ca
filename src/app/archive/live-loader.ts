import { randomUUID } from 'node:crypto';
import type { CaptionStore } from '../../ports/caption-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { ClipIndex } from '../../ports/clip-index.js';
import type { LibraryLoader, TransferCounts, TransferredVideo } from '../../ports/library-transfer.js';
import { followCatalog } from '../follow-catalog.js';
import { type DeleteDependencies, deleteVideo } from '../videos/delete-video.js';

export interface LiveLoaderDependencies extends DeleteDependencies {
  catalog: Catalog;
  index: ClipIndex;
  captions: CaptionStore;
}

/**
 * Takes videos into a library that is in use: each appears when it is added, whole, and nobody else waits for longer than
 * that. Those that were added go again when it is closed without having been committed.
 */
export class LiveLoader implements LibraryLoader {
  readonly counts: TransferCounts;
  /** Also of a library that is empty yet: vectors of another model are of no use to whoever serves it. */
  readonly modelFingerprint: string;
  readonly #dependencies: LiveLoaderDependencies;
  readonly #added: string[] = [];
  #isCommitted = false;

  private constructor(
    dependencies: LiveLoaderDependencies,
    modelFingerprint: string,
    counts: TransferCounts,
  ) {
    this.#dependencies = dependencies;
    this.modelFingerprint = modelFingerprint;
    this.counts = counts;
  }

  static async open(dependencies: LiveLoaderDependencies, modelFingerprint: string): Promise<LiveLoader> {
    return new LiveLoader(dependencies, modelFingerprint, await dependencies.catalog.size());
  }

  async has(contentHash: string): Promise<boolean> {
    return (await this.#dependencies.catalog.findByContentHash(contentHash)) !== undefined;
  }

  async add({ clips, ...video }: TransferredVideo, modelFingerprint: string): Promise<void> {
    const { catalog, index, blobs } = this.#dependencies;
    const ready = { ...video, status: 'ready', updatedAtMs: Date.now(), revision: 1 } as const;
    const id = randomUUID();
    const isNew = await catalog.addVideo({ ...ready, id }, clips, modelFingerprint);
    const stored = await catalog.findByContentHash(video.contentHash);
    if (stored?.id === id) this.#added.push(id);
    // Somebody else sent the same content meanwhile: that video is theirs, with the file it has, and stays.
    else if (video.blobKey !== null) await blobs.delete(video.blobKey);
    if (!isNew || stored === undefined) return;
    // Also one that was on its way already: it was completed, under its own id.
    if (clips.some(({ caption }) => caption !== undefined)) await this.#addCaptions(stored.id, clips);
    await followCatalog(index, catalog);
  }

  async #addCaptions(videoId: string, clips: TransferredVideo['clips']): Promise<void> {
    const { catalog, captions } = this.#dependencies;
    // Ids were given in the order of the clips.
    const clipIds = (await catalog.clipsOfVideo(videoId)).map(({ id }) => id).sort((one, two) => one - two);
    for (const [order, { caption }] of clips.entries()) {
      if (caption !== undefined) await captions.saveCaption({ clipId: clipIds[order]!, ...caption });
    }
  }

  async commit(): Promise<void> {
    this.#isCommitted = true;
  }

  async close(): Promise<void> {
    if (this.#isCommitted) return;
    for (const videoId of this.#added) {
      // One that somebody has deleted meanwhile is gone already.
      await deleteVideo(this.#dependencies, videoId).catch(() => {});
    }
  }
}
