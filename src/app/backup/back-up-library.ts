import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toAppError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { BackupSource, DatabaseCopies, OwnedFile, SavedIndexFile } from '../../ports/library-backup.js';
import { hashFile } from '../hash-file.js';
import { backupName, listBackups, sweepBackups, unfinishedName } from './backup-folders.js';
import {
  type BackupManifest,
  blobFile,
  CHECKSUMS,
  DATABASE,
  MANIFEST,
  parseChecksums,
  serializeChecksums,
  serializeManifest,
} from './backup-format.js';
import { copyDurably, fileFault, linkOrCopy, syncToDisk, writeDurably } from './durable-files.js';

/** Part of the work that copying the database is taken for; the rest goes by files. */
const DATABASE_SHARE = 0.2;

export interface BackupDependencies {
  source: BackupSource;
  copies: DatabaseCopies;
  blobs: BlobStore;
  /** Where the saved index lies. */
  dataFolder: string;
  version: string;
}

export interface BackupOptions {
  /** Folder of backups; made when it is not there. The newest in it lends the files that it has already. */
  folder: string;
  signal?: AbortSignal | undefined;
  /** @param share 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

export interface BackupReport {
  /** Folder of the backup. */
  backup: string;
  videos: number;
  clips: number;
  /** Files of videos that the backup before did not have. */
  newFiles: number;
  newBytes: number;
  /** Those it had: they are not stored twice. */
  knownFiles: number;
  withoutFile: BackupManifest['withoutFile'];
}

/**
 * Backs up a library while others work on it: its database as it is at one moment, the files of the videos in that,
 * and the saved index. A video that is deleted meanwhile is not in it. Until it is whole it has another name, and
 * nothing of it counts. Nobody else may write backups to the folder meanwhile.
 *
 * A file is read, and held against the hash of its video, when it first enters a backup; where the file system can, it
 * is there once, under a name in each backup, and in the library.
 * @throws AppError `out-of-storage`, `corrupt-data`, `invalid-input`, `cancelled`.
 */
export async function backUpLibrary(
  dependencies: BackupDependencies,
  { folder, signal, onProgress }: BackupOptions,
): Promise<BackupReport> {
  const startedAt = new Date();
  const name = backupName(startedAt);
  const unfinished = join(folder, unfinishedName(name));
  try {
    await mkdir(folder, { recursive: true });
    await sweepBackups(folder);
    await mkdir(unfinished, { mode: 0o700 });
    const writer = new BackupWriter(unfinished, await earlierFiles(folder), dependencies.blobs, signal);
    const contents = await copyDatabase(writer, dependencies, { signal, onProgress });
    await writer.finish({
      createdAt: startedAt.toISOString(),
      videreVersion: dependencies.version,
      modelFingerprint: contents.modelFingerprint,
      videos: contents.videos,
      clips: contents.clips,
    });
    const backup = join(folder, name);
    await rename(unfinished, backup);
    await syncToDisk(folder);
    const { newFiles, newBytes, knownFiles, withoutFile } = writer;
    return {
      backup,
      videos: contents.videos,
      clips: contents.clips,
      newFiles,
      newBytes,
      knownFiles,
      withoutFile,
    };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {});
    throw fileFault(error, folder);
  }
}

/** The database, and all that it names. @returns what the copy says in the end. */
async function copyDatabase(
  writer: BackupWriter,
  { source, copies, dataFolder }: BackupDependencies,
  { signal, onProgress = () => {} }: Pick<BackupOptions, 'signal' | 'onProgress'>,
) {
  const path = writer.path(DATABASE);
  await source.copyTo(path, { signal, onProgress: (share) => onProgress(DATABASE_SHARE * share) });
  const copied = await copies.contents(path);
  const deleted: string[] = [];
  for (const [order, file] of copied.ownedFiles.entries()) {
    throwIfCancelled(signal);
    const fault = await writer.addOwned(file).then(
      () => undefined,
      (error: unknown) => toAppError(error),
    );
    if (fault !== undefined && !(await source.hasVideo(file.videoId))) deleted.push(file.videoId);
    else if (fault?.code === 'not-found' || fault?.code === 'corrupt-data') writer.goesWithout(file, fault);
    else if (fault !== undefined) throw fault.cause ?? fault;
    onProgress(DATABASE_SHARE + ((1 - DATABASE_SHARE) * (order + 1)) / copied.ownedFiles.length);
  }
  await copies.removeVideos(path, deleted);
  for (const file of copied.indexFiles) await writer.addIndex(file, dataFolder);
  await writer.addDatabase();
  return copies.contents(path);
}

/** Files of the newest backup: path and hash by name. */
type EarlierFiles = ReadonlyMap<string, { path: string; sha256: string }>;

async function earlierFiles(folder: string): Promise<EarlierFiles> {
  const newest = (await listBackups(folder)).at(-1);
  if (newest === undefined) return new Map();
  try {
    const checksums = parseChecksums(await readFile(join(folder, newest, CHECKSUMS), 'utf8'));
    return new Map(
      [...checksums].map(([name, sha256]) => [name, { path: join(folder, newest, name), sha256 }]),
    );
  } catch {
    // Damaged, or not whole any more: then it has nothing to lend.
    return new Map();
  }
}

/** A backup that is being written. */
class BackupWriter {
  newFiles = 0;
  newBytes = 0;
  knownFiles = 0;
  readonly withoutFile: BackupManifest['withoutFile'] = [];
  readonly #folder: string;
  readonly #earlier: EarlierFiles;
  readonly #blobs: BlobStore;
  readonly #signal: AbortSignal | undefined;
  readonly #checksums = new Map<string, string>();

  constructor(folder: string, earlier: EarlierFiles, blobs: BlobStore, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#earlier = earlier;
    this.#blobs = blobs;
    this.#signal = signal;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  goesWithout({ videoId, title }: OwnedFile, { message }: AppError): void {
    this.withoutFile.push({ videoId, title, reason: message });
  }

  /** @throws AppError `not-found`, `corrupt-data` for a file that is not its video's any more; what goes wrong with files. */
  async addOwned({ blobKey, sizeBytes, contentHash, title }: OwnedFile): Promise<void> {
    const name = blobFile(blobKey);
    const earlier = this.#earlier.get(name);
    if (earlier?.sha256 === contentHash && (await fileSize(earlier.path)) === sizeBytes) {
      await linkOrCopy(earlier.path, this.path(name));
      this.knownFiles++;
    } else {
      await this.#blobs.withFile(blobKey, (path) => linkOrCopy(path, this.path(name)));
      if ((await hashFile(this.path(name), this.#signal)).contentHash !== contentHash) {
        await rm(this.path(name));
        throw new AppError('corrupt-data', `The stored file of ${JSON.stringify(title)} is damaged.`);
      }
      this.newFiles++;
      this.newBytes += sizeBytes;
    }
    this.#checksums.set(name, contentHash);
  }

  /** A cache: when it is not what it should be, as when it was replaced meanwhile, the backup does without. */
  async addIndex({ name, sha256 }: SavedIndexFile, dataFolder: string): Promise<void> {
    try {
      await copyDurably(join(dataFolder, name), this.path(name));
      if ((await hashFile(this.path(name), this.#signal)).contentHash !== sha256) throw new Error('damaged');
      this.#checksums.set(name, sha256);
    } catch {
      throwIfCancelled(this.#signal);
      await rm(this.path(name), { force: true });
    }
  }

  async addDatabase(): Promise<void> {
    await syncToDisk(this.path(DATABASE));
    this.#checksums.set(DATABASE, (await hashFile(this.path(DATABASE), this.#signal)).contentHash);
  }

  async finish(facts: Omit<BackupManifest, 'format' | 'withoutFile'>): Promise<void> {
    await writeDurably(this.path(MANIFEST), serializeManifest({ ...facts, withoutFile: this.withoutFile }));
    this.#checksums.set(MANIFEST, (await hashFile(this.path(MANIFEST))).contentHash);
    await writeDurably(this.path(CHECKSUMS), serializeChecksums(this.#checksums));
    const folders = this.newFiles + this.knownFiles > 0 ? [blobFile('videos'), blobFile(''), ''] : [''];
    for (const folder of folders) await syncToDisk(this.path(folder));
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('cancelled', 'The backup was cancelled.', { cause: signal.reason });
}

async function fileSize(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
