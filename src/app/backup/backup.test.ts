import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../../test/support/seeded-random.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { BlobFiles } from '../../adapters/blob-files/blob-files.js';
import { SqliteBackupSource, sqliteCopies } from '../../adapters/catalog-sqlite/database-backup.js';
import { LibraryDatabase } from '../../adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../adapters/catalog-sqlite/sqlite-catalog.js';
import { HnswIndex } from '../../adapters/index-hnsw/hnsw-index.js';
import { AppError } from '../../domain/errors.js';
import type { Video } from '../../domain/video.js';
import { followCatalog } from '../follow-catalog.js';
import { backUpLibrary } from './back-up-library.js';
import { listBackups } from './backup-folders.js';
import { assertRestorable, restoreLibrary } from './restore-library.js';
import { verifyBackup } from './verify-backup.js';

const MODEL = 'abc123';
const LOCKS = ['lock.sqlite'];

async function openLibrary(dataFolder: string) {
  await mkdir(dataFolder, { recursive: true });
  const database = new LibraryDatabase(join(dataFolder, 'videre.sqlite'));
  const catalog = new SqliteCatalog(database, MODEL);
  onTestFinished(() => catalog.close());
  const blobs = new BlobFiles(join(dataFolder, 'blobs'));

  const add = async (name: string): Promise<Video> => {
    const blobKey = `videos/${name}`;
    const { contentHash, sizeBytes } = await blobs.write(
      blobKey,
      (async function* () {
        yield Buffer.from(`the film ${name}`);
      })(),
    );
    const facts = { container: 'mp4', codec: 'h264', width: 4, height: 3, durationSeconds: 2, frameCount: 8 };
    const said = { title: name, description: '', tags: [], metadata: {} };
    const kept = {
      id: name,
      contentHash,
      sizeBytes,
      blobKey,
      sourcePath: `${name}.mp4`,
      status: 'ready' as const,
    };
    const video = { ...kept, ...said, ...facts, createdAtMs: 1, updatedAtMs: 1, revision: 1 };
    const vector = Float32Array.from(createHash('sha256').update(name).digest().subarray(0, 4));
    await catalog.addVideo(video, [{ startSeconds: 0, endSeconds: 2, vector }], MODEL);
    return video;
  };
  const remove = async (name: string) => {
    await catalog.deleteVideo(name);
    await blobs.delete(`videos/${name}`);
  };
  const saveIndex = async () => {
    const index = await HnswIndex.open({
      folder: dataFolder,
      dimension: 4,
      modelFingerprint: MODEL,
      ledger: catalog,
    });
    await followCatalog(index, catalog);
    await index.settled();
    await index.save();
    await index.close();
  };
  const source = new SqliteBackupSource(database, true);
  const dependencies = { source, copies: sqliteCopies, blobs, dataFolder, version: 'test' };
  return { catalog, blobs, database, dependencies, add, remove, saveIndex };
}

/** What a library says of its videos, their clips and their files. */
async function contents(dataFolder: string): Promise<unknown> {
  const { catalog, blobs } = await openLibrary(dataFolder);
  const { videos } = await catalog.listVideos(100);
  return Promise.all(
    videos.map(async (video) => ({
      video,
      clips: await catalog.clipsOfVideo(video.id),
      file: await blobs.read(video.blobKey!).then(
        (stream) => new Response(stream).text(),
        () => 'lost',
      ),
    })),
  );
}

async function restoreTo(backup: string, dataFolder: string, overwrite = false): Promise<void> {
  await assertRestorable(dataFolder, LOCKS, overwrite);
  const sound = await verifyBackup(backup, sqliteCopies);
  await mkdir(dataFolder, { recursive: true });
  await restoreLibrary(backup, sound, dataFolder, {});
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('a backup', () => {
  it('restored, is the library as it was, its index included', async () => {
    const folder = await temporaryFolder();
    const [data, restored] = [join(folder, 'data'), join(folder, 'restored')];
    const { add, saveIndex, dependencies, catalog } = await openLibrary(data);
    await add('one');
    await add('two');
    await saveIndex();
    const before = await contents(data);
    const report = await backUpLibrary(dependencies, { folder: join(folder, 'backups') });
    expect(report).toMatchObject({ videos: 2, clips: 2, newFiles: 2, knownFiles: 0, withoutFile: [] });
    await add('three');

    await restoreTo(report.backup, restored);
    expect(await contents(restored)).toEqual(before);
    const { name } = (await catalog.indexFile(MODEL))!;
    expect(await readFile(join(restored, name))).toEqual(await readFile(join(data, name)));
    expect((await readdir(restored)).filter((entry) => entry.startsWith('.'))).toEqual([]);
  });

  it('stores a file once, however many backups have it', async () => {
    const folder = await temporaryFolder();
    const { add, remove, dependencies } = await openLibrary(join(folder, 'data'));
    await add('one');
    await add('two');
    const options = { folder: join(folder, 'backups') };
    const first = await backUpLibrary(dependencies, options);
    await remove('one');
    await add('three');
    const second = await backUpLibrary(dependencies, options);
    expect(second).toMatchObject({ videos: 2, newFiles: 1, knownFiles: 1 });
    const inodes = await Promise.all(
      [first, second].map(async ({ backup }) => (await stat(join(backup, 'blobs/videos/two'))).ino),
    );
    expect(inodes[0]).toBe(inodes[1]);
    // The first still has what the library deleted.
    await restoreTo(first.backup, join(folder, 'restored'));
    expect(await contents(join(folder, 'restored'))).toMatchObject([
      { file: 'the film two' },
      { file: 'the film one' },
    ]);
  });

  it('is whole when videos come and go while it is made', async () => {
    const folder = await temporaryFolder();
    const { add, remove, dependencies } = await openLibrary(join(folder, 'data'));
    for (let order = 0; order < 20; order++) await add(`old-${order}`);
    let changes = 0;
    const { backup } = await backUpLibrary(dependencies, {
      folder: join(folder, 'backups'),
      onProgress: (share) => {
        if (share < 0.3 || changes >= 10) return;
        changes++;
        remove(`old-${19 - changes}`);
        add(`new-${changes}`);
      },
    });
    expect(changes).toBe(10);
    await verifyBackup(backup, sqliteCopies);
    await restoreTo(backup, join(folder, 'restored'));
    const files = (await contents(join(folder, 'restored'))) as { file: string }[];
    expect(files.length).toBeGreaterThanOrEqual(10);
    expect(files.filter(({ file }) => file === 'lost')).toEqual([]);
  });

  it('goes without a damaged file, and says so', async () => {
    const folder = await temporaryFolder();
    const data = join(folder, 'data');
    const { add, dependencies } = await openLibrary(data);
    await add('one');
    await writeFile(join(data, 'blobs/videos/one'), 'the film 0ne');
    const { withoutFile, backup } = await backUpLibrary(dependencies, { folder: join(folder, 'backups') });
    expect(withoutFile).toMatchObject([{ videoId: 'one', reason: expect.stringContaining('damaged') }]);
    await restoreTo(backup, join(folder, 'restored'));
    expect(await contents(join(folder, 'restored'))).toMatchObject([{ file: 'lost' }]);
  });

  it('does not count until it is whole, and leaves nothing when it is cancelled', async () => {
    const folder = await temporaryFolder();
    const backups = join(folder, 'backups');
    const { add, dependencies } = await openLibrary(join(folder, 'data'));
    await add('one');
    const controller = new AbortController();
    const cancelled = backUpLibrary(dependencies, {
      folder: backups,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(backups)).toEqual([]);
    await mkdir(join(backups, '.unfinished-x'));
    await backUpLibrary(dependencies, { folder: backups });
    expect(await readdir(backups)).toEqual(await listBackups(backups));
  });
});

describe('restoring', () => {
  it('refuses a backup of which any byte was flipped, or any file is missing, and touches nothing', async () => {
    const folder = await temporaryFolder();
    const { add, saveIndex, dependencies } = await openLibrary(join(folder, 'data'));
    await add('one');
    await saveIndex();
    const { backup } = await backUpLibrary(dependencies, { folder: join(folder, 'backups') });
    const files = await filesOf(backup);
    expect(files.length).toBe(5);
    const random = seededRandom(5);
    const target = join(folder, 'restored');
    for (const path of files) {
      const sound = await readFile(path);
      for (let flip = 0; flip < 5; flip++) {
        const damaged = Buffer.from(sound);
        damaged[Math.floor(random() * damaged.length)]! ^= 1 << Math.floor(random() * 8);
        await writeFile(path, damaged);
        await expect(restoreTo(backup, target), path).rejects.toMatchObject({ code: 'invalid-archive' });
      }
      await unlink(path);
      await expect(restoreTo(backup, target), path).rejects.toMatchObject({ code: 'invalid-archive' });
      await writeFile(path, sound);
    }
    expect(existsSync(target)).toBe(false);
    await restoreTo(backup, target);
  });

  it('finds a damaged row, though the checksum of the file was made after it', async () => {
    const folder = await temporaryFolder();
    const { add, database, dependencies } = await openLibrary(join(folder, 'data'));
    await add('one');
    database.run(({ $client }) =>
      $client.exec("update clips set vector = x'0000803f00000000000000000000803f'"),
    );
    const { backup } = await backUpLibrary(dependencies, { folder: join(folder, 'backups') });
    await expect(verifyBackup(backup, sqliteCopies)).rejects.toThrow(/Clip 1 of video one does not match/);
  });

  it('replaces a library only when it is told to, and leaves what is none of it', async () => {
    const folder = await temporaryFolder();
    const [data, other] = [join(folder, 'data'), join(folder, 'other')];
    const { add, dependencies } = await openLibrary(data);
    await add('one');
    const { backup } = await backUpLibrary(dependencies, { folder: join(folder, 'backups') });
    const replaced = await openLibrary(other);
    await replaced.add('old');
    await replaced.saveIndex();
    await replaced.catalog.close();
    await writeFile(join(other, 'notes.txt'), 'mine');
    await expect(restoreTo(backup, other)).rejects.toMatchObject({ code: 'conflict', hint: /--overwrite/ });
    await restoreTo(backup, other, true);
    expect(await contents(other)).toMatchObject([{ file: 'the film one' }]);
    expect(await filesOf(join(other, 'blobs'))).toEqual([join(other, 'blobs/videos/one')]);
    expect(await readFile(join(other, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('restores again by the same command after it was ended while files take their places', async () => {
    const folder = await temporaryFolder();
    const [data, other] = [join(folder, 'data'), join(folder, 'other')];
    const { add, dependencies } = await openLibrary(data);
    await add('one');
    const { backup } = await backUpLibrary(dependencies, { folder: join(folder, 'backups') });
    await restoreTo(backup, other);
    await mkdir(join(other, '.restoring'));
    await rename(join(other, 'videre.sqlite'), join(other, '.restoring', 'videre.sqlite'));
    await restoreTo(backup, other);
    expect(await contents(other)).toMatchObject([{ file: 'the film one' }]);
    expect(await readdir(other)).not.toContain('.restoring');
  });

  it('says what is wrong with a folder that is no backup', async () => {
    const error = await verifyBackup(await temporaryFolder(), sqliteCopies).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error.message).toContain('SHA256SUMS');
  });
});
