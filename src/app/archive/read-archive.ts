import type { Embedding } from '../../ports/encoders.js';
import { ArchiveChecks } from './archive-checks.js';
import { archiveEntries } from './archive-entries.js';
import { type ArchivedVideo, type ArchiveManifest, parseManifest, parseVideos } from './archive-format.js';
import { readVectors } from './archive-vectors.js';

export interface VideoWithVectors {
  video: ArchivedVideo;
  /** One a clip. */
  vectors: Embedding[];
}

export type ArchiveItem =
  /** Videos and files of videos that came before are to be read before the next item is asked for, or not at all. */
  | { kind: 'videos'; videos: AsyncIterable<VideoWithVectors> }
  | { kind: 'media'; contentHash: string; content: AsyncIterable<Uint8Array> }
  | { kind: 'manifest'; manifest: ArchiveManifest };

/**
 * Reads an archive from its beginning to its end and checks all of it: names, order, sizes, counts, every vector, and,
 * against the manifest at the end, every checksum. Only when it is done is everything it gave known to be sound.
 * In memory are the videos of one part, without their vectors: what is read of those is up to who reads.
 * @throws AppError `invalid-archive` for anything that is not as `docs/archive-format.md` says; `file-not-found`.
 */
export async function* readArchive(path: string, signal?: AbortSignal): AsyncGenerator<ArchiveItem> {
  const checks = new ArchiveChecks();
  let videos: ArchivedVideo[] = [];
  for await (const entry of archiveEntries(path, signal)) {
    checks.begin(entry);
    switch (entry.kind) {
      case 'videos':
        videos = parseVideos(await entry.all(), entry.name);
        checks.videos(videos);
        break;
      case 'vectors': {
        const vectors = await readVectors(entry.content, entry.sizeBytes, entry.name);
        checks.vectors(vectors, entry.name);
        yield { kind: 'videos', videos: withVectors(videos, vectors.rows) };
        // Those that nobody wanted are checked all the same.
        for await (const _ of vectors.rows);
        break;
      }
      case 'media':
        yield { kind: 'media', contentHash: entry.name.slice('media/'.length), content: entry.content };
        break;
      case 'manifest': {
        const manifest = parseManifest(await entry.all());
        checks.manifest(manifest);
        yield { kind: 'manifest', manifest };
      }
    }
    checks.end(entry, await entry.sha256());
  }
  checks.finish();
}

async function* withVectors(
  videos: readonly ArchivedVideo[],
  rows: AsyncIterator<Embedding>,
): AsyncGenerator<VideoWithVectors> {
  for (const video of videos) {
    const vectors: Embedding[] = [];
    while (vectors.length < video.clips.length) {
      const { done, value } = await rows.next();
      // Their number was compared with that of the clips.
      if (done === true) return;
      vectors.push(value);
    }
    yield { video, vectors };
  }
}

/**
 * Reads all of an archive and keeps nothing.
 * @returns its manifest.
 * @throws AppError as `readArchive`.
 */
export async function verifyArchive(
  path: string,
  signal?: AbortSignal,
  onItem?: (item: ArchiveItem) => void,
): Promise<ArchiveManifest> {
  let manifest: ArchiveManifest | undefined;
  for await (const item of readArchive(path, signal)) {
    onItem?.(item);
    if (item.kind === 'manifest') manifest = item.manifest;
  }
  // `readArchive` throws where there is none.
  return manifest!;
}
