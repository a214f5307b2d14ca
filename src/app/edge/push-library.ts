import { createHash } from 'node:crypto';
import { AppError, toAppError } from '../../domain/errors.js';
import type { StoredApiKey } from '../../ports/api-keys.js';
import type { EdgeCopy, EdgeFacts, EdgePush, VideoPublication } from '../../ports/edge-copy.js';
import type { LibrarySnapshot, NumberedVideo } from '../../ports/library-transfer.js';
import { openVideoFile } from '../videos/video-file.js';
import { makePictures, type PictureDependencies, planPictures } from './edge-pictures.js';
import { EdgeWriter } from './edge-writer.js';
import { checksumOf, edgeRow, type PushPlan, planPush, type VideoChange } from './plan-push.js';
import { sendFile } from './send-file.js';

/** Files are hashed and sent, and pictures made, of so many videos at once: each waits for the network most of the time. */
const VIDEOS_AT_ONCE = 4;
const IDS_AT_ONCE = 500;
/** What a video counts in the progress beside the bytes of its file. */
const BYTES_A_VIDEO = 100_000;

export interface PushSource extends PictureDependencies {
  snapshot: LibrarySnapshot;
  facts: EdgeFacts;
  /** The keys that open the copy from now on; undefined: those that do stay. */
  keys?: readonly StoredApiKey[] | undefined;
}

export interface PushOptions {
  /** Put this library in the place of another one. */
  replace?: boolean;
  /** Only tell what would be done. */
  dryRun?: boolean;
  signal?: AbortSignal | undefined;
  /** @param share of the stage that is done, 0 to 1 */
  onProgress?: ((stage: 'comparing' | 'sending', share: number) => void) | undefined;
  /** Hears of every video whose file cannot be sent: it goes without. */
  onMissing?: ((title: string, error: AppError) => void) | undefined;
}

export interface PushReport {
  /** What the library has, and now the copy. */
  videos: number;
  clips: number;
  added: number;
  changed: number;
  removed: number;
  files: number;
  fileBytes: number;
  switchedModel: boolean;
}

/**
 * Makes the copy of a library at the edge the same as the library: what is new or changed goes there, what is gone goes
 * away. Readers see every video wholly or not at all, and vectors of one model only. What a push did before it broke off
 * need not be done again.
 * @throws AppError `conflict` when another push began meanwhile, or the copy is of another library; `cancelled`; as
 *   `LibrarySnapshot` and `EdgeCopy`.
 */
export async function pushLibrary(
  source: PushSource,
  edge: EdgeCopy,
  { replace = false, dryRun = false, ...options }: PushOptions = {},
): Promise<PushReport> {
  const { snapshot, facts } = source;
  const { fingerprint } = facts.model;
  const { onProgress } = options;
  const plan = await planPush(source, edge, fingerprint, {
    replace,
    onCompared: (share) => {
      assertGoesOn(options.signal);
      onProgress?.('comparing', share);
    },
  });
  const report = reportOf(plan, snapshot);
  if (dryRun) return report;
  const push = await edge.begin(fingerprint);
  await new LibraryPush(source, edge, push, plan, options).run().catch((error: unknown) => {
    assertGoesOn(options.signal);
    throw error;
  });
  const { videos, clips } = await edge.held();
  if (videos === report.videos && clips === report.clips) return report;
  throw new AppError(
    'conflict',
    `The copy has ${videos} videos and ${clips} clips, the library ${report.videos} and ${report.clips}.`,
    { hint: 'Push again.' },
  );
}

/** One push, from what was planned to what was done. */
class LibraryPush {
  readonly #source: PushSource;
  readonly #edge: EdgeCopy;
  readonly #push: EdgePush;
  readonly #plan: PushPlan;
  readonly #options: Pick<PushOptions, 'signal' | 'onProgress' | 'onMissing'>;
  readonly #writer: EdgeWriter;
  readonly #allBytes: number;
  #doneBytes = 0;

  constructor(
    source: PushSource,
    edge: EdgeCopy,
    push: EdgePush,
    plan: PushPlan,
    options: Pick<PushOptions, 'signal' | 'onProgress' | 'onMissing'>,
  ) {
    this.#source = source;
    this.#edge = edge;
    this.#push = push;
    this.#plan = plan;
    this.#options = options;
    this.#writer = new EdgeWriter(edge, push);
    this.#allBytes = [...plan.changes.values()].reduce((sum, change) => sum + bytesOf(change), 0);
  }

  async run(): Promise<void> {
    const { facts, keys } = this.#source;
    const { held, gone, needlessFiles, switchesModel } = this.#plan;
    // Before anything that could be of the same content or number.
    for (const ids of inGroups(gone)) await this.#edge.removeVideos(this.#push, ids);
    if (switchesModel) await this.#sendNewVectors();
    if (switchesModel || held.factsChecksum !== facts.checksum) {
      await this.#edge.putFacts(this.#push, facts);
    }
    await this.#sendVideos();
    if (keys !== undefined) await this.#edge.putKeys(this.#push, keys);
    for (const files of inGroups(needlessFiles)) await this.#edge.removeFiles(this.#push, files);
    if (switchesModel || !held.isTidy) while (await this.#edge.tidy(this.#push));
  }

  /** Nobody sees them before they are all there. A video that is not there yet waits until the model is. */
  async #sendNewVectors(): Promise<void> {
    for await (const { video, change } of this.#changed()) {
      if (change.isNew || !change.clips) continue;
      await this.#writer.add({ id: video.id }, video.clips);
    }
    await this.#writer.flush();
  }

  async #sendVideos(): Promise<void> {
    const { switchesModel } = this.#plan;
    for await (const { video, change, about } of inOrder(this.#changed(), VIDEOS_AT_ONCE, (changed) =>
      this.#prepare(changed),
    )) {
      const sendsClips = change.clips && (change.isNew || !switchesModel);
      if (about !== undefined || sendsClips) {
        await this.#writer.add(
          { id: video.id, ...(about && { about }) },
          sendsClips ? video.clips : undefined,
        );
      }
      this.#tellProgress(BYTES_A_VIDEO);
    }
    await this.#writer.flush();
  }

  async *#changed(): AsyncGenerator<Changed> {
    for await (const video of this.#source.snapshot.numberedVideos()) {
      assertGoesOn(this.#options.signal);
      const change = this.#plan.changes.get(video.id);
      if (change !== undefined) yield { video, change };
    }
  }

  /** Sends the file of a video and its pictures, so that they are there when it is seen. */
  async #prepare(changed: Changed): Promise<Changed & Pick<VideoPublication, 'about'>> {
    const { video, change } = changed;
    const sent = await this.#sendFiles(changed).catch((thrown: unknown) => {
      const error = toAppError(thrown);
      if (!CANNOT_BE_SENT.includes(error.code)) throw error;
      this.#options.onMissing?.(video.title, error);
      return { hasFile: false, pictures: null };
    });
    if (!change.about && sent.hasFile === change.hasFile) return changed;
    const checksum = checksumOf(video, sent.hasFile, planPictures(video));
    return { ...changed, about: { row: edgeRow(video), ...sent, checksum } };
  }

  async #sendFiles({ video, change }: Changed): Promise<Pick<About, 'hasFile' | 'pictures'>> {
    const { blobs } = this.#source;
    // Says why, to whoever hears of it.
    const file = await openVideoFile(video, blobs);
    if (change.fileBytes > 0) {
      const onSent = (bytes: number) => this.#tellProgress(bytes);
      await sendFile(this.#edge, this.#push, video.contentHash, file, { onSent });
    }
    if (change.pictures === undefined) return { hasFile: true };
    const { bytes, pictures } = await makePictures(
      video,
      change.pictures,
      this.#source,
      this.#options.signal,
    );
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await this.#edge.putPictures(this.#push, pictures.key, bytes, sha256);
    return { hasFile: true, pictures };
  }

  #tellProgress(bytes: number): void {
    this.#doneBytes += bytes;
    this.#options.onProgress?.('sending', Math.min(1, this.#doneBytes / this.#allBytes));
  }
}

type About = NonNullable<VideoPublication['about']>;

interface Changed {
  video: NumberedVideo;
  change: VideoChange;
}

/** Of the video's own file: others stop the push. */
const CANNOT_BE_SENT = ['not-found', 'unsupported-media', 'truncated-media', 'media-limit', 'timed-out'];

function reportOf({ changes, gone, switchesModel }: PushPlan, { counts }: LibrarySnapshot): PushReport {
  const all = [...changes.values()];
  const files = all.filter(({ fileBytes }) => fileBytes > 0);
  return {
    ...counts,
    added: all.filter(({ isNew }) => isNew).length,
    changed: all.filter(({ isNew }) => !isNew).length,
    removed: gone.length,
    files: files.length,
    fileBytes: files.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    switchedModel: switchesModel,
  };
}

function bytesOf({ fileBytes }: VideoChange): number {
  return fileBytes + BYTES_A_VIDEO;
}

function inGroups<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / IDS_AT_ONCE) }, (_, order) =>
    items.slice(order * IDS_AT_ONCE, (order + 1) * IDS_AT_ONCE),
  );
}

/** What `work` makes of each item, in their order; some are worked on at once. */
async function* inOrder<Item, Result>(
  source: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  for await (const item of source) {
    const result = work(item);
    // Met when it is its turn; until then it must not count as unhandled.
    result.catch(() => {});
    underWay.push(result);
    if (underWay.length >= atOnce) yield await underWay.shift()!;
  }
  while (underWay.length > 0) yield await underWay.shift()!;
}

function assertGoesOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('cancelled', 'The push was stopped.', {
    cause: signal.reason,
    hint: 'The same command goes on with it.',
  });
}
