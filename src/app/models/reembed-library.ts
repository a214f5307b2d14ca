import { AppError, type ErrorCode, toAppError } from '../../domain/errors.js';
import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { ClipIndex } from '../../ports/clip-index.js';
import type { ModelSwitch } from '../../ports/model-switch.js';
import { type EncodeVideoDependencies, encodeVideo, overallShare } from '../encode-video.js';
import { followCatalog } from '../follow-catalog.js';
import { withVideoFile } from '../videos/video-file.js';

export interface ReembedDependencies extends EncodeVideoDependencies {
  models: ModelSwitch;
  blobs: BlobStore;
  /** The library as one sees it who searches with the new model, and that model's index. */
  view: { catalog: Catalog; index: ClipIndex };
  removeIndexFile: (name: string) => Promise<void>;
  /** Called in the same turn in which the library is switched over; it sees to the old vectors then. */
  onSwitched?: (replaced: string | undefined) => Promise<void>;
}

export interface ReembedRequest {
  /** Remembered as the library's own. */
  bundleFolder: string;
  /** Go on without videos whose files are gone or damaged: they are `failed` then. */
  skipUnreadable: boolean;
}

export interface ReembedOptions {
  signal?: AbortSignal | undefined;
  /** @param share of the whole that is done, 0 to 1. */
  report?: ((stage: string, share: number) => void) | undefined;
}

export interface ReembedResult {
  /** `in-use`: the library was of this model before. */
  status: 'switched' | 'in-use';
  fingerprint: string;
  /** Titles of the videos that were left out. */
  unreadable: string[];
}

/** What is wrong with one video's file; anything else would befall the next one too. */
const ABOUT_ONE_VIDEO: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'file-not-found',
  'not-found',
  'invalid-input',
  'unsupported-media',
  'truncated-media',
  'media-limit',
]);

/**
 * Brings a library to another model: encodes every video with it beside the vectors that are searched meanwhile, arranges a
 * second index, switches over in one transaction, and removes what is not needed any more. May be broken off and begun
 * again at any point: what is stored stays, and counts.
 * @throws AppError `conflict` when videos cannot be read and are not to be skipped; `cancelled`.
 */
export async function reembedLibrary(
  { bundleFolder, skipUnreadable }: ReembedRequest,
  dependencies: ReembedDependencies,
  { signal, report }: ReembedOptions = {},
): Promise<ReembedResult> {
  const { models, view, videoEncoder, onSwitched } = dependencies;
  const { fingerprint } = videoEncoder.model;
  const active = await models.active();
  if (active?.fingerprint === fingerprint) {
    // Perhaps it was broken off just after it had switched over.
    await removeOthers(dependencies);
    return { status: 'in-use', fingerprint, unreadable: [] };
  }

  const unreadable = new Map<string, { title: string; error: AppError }>();
  for (;;) {
    await encodeMissing(dependencies, unreadable, { signal, report });
    if (unreadable.size > 0 && !skipUnreadable) throw someUnreadable([...unreadable.values()]);
    report?.('indexing', 1);
    await followCatalog(view.index, view.catalog);
    await view.index.settled();
    await view.index.save();
    signal?.throwIfAborted();
    // False when a video became ready meanwhile, which was encoded with the old model.
    const switched = models.activate({ fingerprint, bundleFolder }, [...unreadable.keys()]);
    if (await switched) break;
  }
  if (onSwitched !== undefined) await onSwitched(active?.fingerprint);
  else {
    report?.('removing', 1);
    await removeOthers(dependencies);
  }
  return { status: 'switched', fingerprint, unreadable: [...unreadable.values()].map(({ title }) => title) };
}

/** What `removeVectors` needs. */
export type RemoveVectorsDependencies = Pick<ReembedDependencies, 'models' | 'removeIndexFile'>;

/** Removes the vectors and the index of a model that is not searched any more. */
export async function removeVectors(
  fingerprint: string,
  { models, removeIndexFile }: RemoveVectorsDependencies,
): Promise<void> {
  for (const name of await models.remove(fingerprint)) await removeIndexFile(name);
}

async function removeOthers(dependencies: RemoveVectorsDependencies): Promise<void> {
  for (const fingerprint of await dependencies.models.others())
    await removeVectors(fingerprint, dependencies);
}

/** Encodes all videos that have no clips of the model yet, but those that are known to be unreadable. */
async function encodeMissing(
  dependencies: ReembedDependencies,
  unreadable: Map<string, { title: string; error: AppError }>,
  { signal, report }: ReembedOptions,
): Promise<void> {
  const { models, videoEncoder } = dependencies;
  const { fingerprint } = videoEncoder.model;
  let video: Video | undefined;
  for (;;) {
    video = await models.nextWithout(fingerprint, video?.id);
    if (video === undefined) return;
    signal?.throwIfAborted();
    if (unreadable.has(video.id)) continue;
    const { done, total } = await models.progress(fingerprint);
    const onShare = (share: number) => report?.('encoding', (done + unreadable.size + share) / total);
    try {
      const clips = await encodeAnew(video, dependencies, onShare, signal);
      await models.addClips(video.id, clips, fingerprint);
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = toAppError(thrown);
      if (!ABOUT_ONE_VIDEO.has(error.code)) throw error;
      unreadable.set(video.id, { title: video.title, error });
    }
  }
}

function encodeAnew(
  video: Video,
  dependencies: ReembedDependencies,
  onShare: (share: number) => void,
  signal: AbortSignal | undefined,
) {
  return withVideoFile(video, dependencies.blobs, async (path) => {
    const info = await dependencies.media.probe(path, signal);
    return encodeVideo(path, info, dependencies, {
      signal,
      onProgress: (stage, share) => onShare(overallShare(stage, share)),
    });
  });
}

function someUnreadable(videos: readonly { title: string; error: AppError }[]): AppError {
  const [{ title, error }] = videos as [{ title: string; error: AppError }];
  const others = videos.length === 1 ? '' : `, and ${videos.length - 1} more`;
  return new AppError('conflict', `The video "${title}"${others} cannot be read any more: ${error.message}`, {
    cause: error,
    hint: 'Bring the files back or delete the videos, and begin again: what is encoded is kept. Or go on without them (--skip-unreadable, or "skipUnreadable": true).',
    details: { unreadable: videos.map((video) => video.title) },
  });
}
