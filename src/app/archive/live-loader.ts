import { createHash } from 'node:crypto';
import type { CaptionStore } from '../../ports/caption-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { ClipIndex } from '../../ports/clip-index.js';
import type { ModelInfo } from '../../ports/encoders.js';
import type { LibraryLoader, TransferCounts, TransferredVideo } from '../../ports/library-transfer.js';
import { followCatalog } from '../follow-catalog.js';
import { type DeleteDependencies, deleteVideo } from '../videos/delete-video.js';

export interface LiveLoaderDependencies extends DeleteDependencies {
  catalog: Catalog;
  index: ClipIndex;
  captions: CaptionStore;
}

/** What the videos of an import will be. */
export interface LiveImport {
  /** Of the job, the same in all its attempts: by it they know what those before have taken in. */
  jobId: string;
  /** Also of a library that is empty yet: vectors of another model are of no use to whoever serves it. */
  model: Pick<ModelInfo, 'fingerprint' | 'dimension'>;
}

/** Captions that are stored together: nobody else waits for longer than they take. */
const CAPTIONS_AT_ONCE = 50;

/**
 * Takes videos into a library that is in use: each appears when it is added, whole, and nobody else waits for longer than
 * that. Those that were added go again when it is closed without having been committed. When the process ends before that,
 * the next attempt of the job knows them by their ids.
 */
export class LiveLoader implements LibraryLoader {
  readonly counts: TransferCounts;
  readonly modelFingerprint: string;
  readonly dimension: number;
  readonly #dependencies: LiveLoaderDependencies;
  readonly #jobId: string;
  /** Ids of videos, of earlier attempts as well. */
  readonly #added = new Set<string>();
  #isCommitted = false;

  private constructor(
    dependencies: LiveLoaderDependencies,
    { jobId, model }: LiveImport,
    counts: TransferCounts,
  ) {
    this.#dependencies = dependencies;
    this.#jobId = jobId;
    this.modelFingerprint = model.fingerprint;
    this.dimension = model.dimension;
    this.counts = counts;
  }

  static async open(dependencies: LiveLoaderDependencies, given: LiveImport): Promise<LiveLoader> {
    return new LiveLoader(dependencies, given, await dependencies.catalog.size());
  }

  /** What an earlier attempt took in is not there yet: it is looked at once more, and completed. */
  async has(contentHash: string): Promise<boolean> {
    const stored = await this.#dependencies.catalog.findByContentHash(contentHash);
    return stored !== undefined && stored.id !== importedVideoId(this.#jobId, contentHash);
  }

  /** Makes a video of an earlier attempt one of this. */
  adopt(videoId: string): void {
    this.#added.add(videoId);
  }

  async add({ clips, ...video }: TransferredVideo, modelFingerprint: string): Promise<void> {
    const { catalog, index, blobs } = this.#dependencies;
    const ready = { ...video, status: 'ready', updatedAtMs: Date.now(), revision: 1 } as const;
    const id = importedVideoId(this.#jobId, video.contentHash);
    const isNew = await catalog.addVideo({ ...ready, id }, clips, modelFingerprint);
    const stored = await catalog.findByContentHash(video.contentHash);
    const isOurs = stored?.id === id;
    if (isOurs) this.#added.add(id);
    // Somebody else sent the same content meanwhile, or an earlier attempt took it in: that video stays, with the file it has.
    if (video.blobKey !== null && stored?.blobKey !== video.blobKey) await blobs.delete(video.blobKey);
    if (stored === undefined || (!isNew && !isOurs)) return;
    // Also one that was on its way already: it was completed, under its own id.
    if (clips.some(({ caption }) => caption !== undefined)) await this.#addCaptions(stored.id, clips);
    await followCatalog(index, catalog);
  }

  async #addCaptions(videoId: string, clips: TransferredVideo['clips']): Promise<void> {
    const { catalog, captions } = this.#dependencies;
    // Ids were given in the order of the clips.
    const clipIds = (await catalog.clipsOfVideo(videoId)).map(({ id }) => id).sort((one, two) => one - two);
    const given = clips.flatMap(({ caption }, order) =>
      caption === undefined ? [] : [{ clipId: clipIds[order]!, ...caption }],
    );
    for (let first = 0; first < given.length; first += CAPTIONS_AT_ONCE) {
      await captions.saveCaptions(given.slice(first, first + CAPTIONS_AT_ONCE));
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

/** The id of a video that a job takes in: made of both, so that no attempt of it needs to write down what it did (RFC 9562, version 8). */
export function importedVideoId(jobId: string, contentHash: string): string {
  const hex = createHash('sha256').update(`${jobId}\0${contentHash}`).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0b0011) | 0b1000).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
