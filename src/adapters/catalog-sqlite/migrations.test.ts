import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { clipChecksum, vectorToBlob } from '../catalog-parts/clip-content.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';

/** A library as the first version left it, with one video of one clip. */
function makeFirstLibrary(path: string): void {
  const client = new Database(path);
  client.pragma('foreign_keys = ON');
  client.exec(readFileSync('migrations/0000_first-light.sql', 'utf8'));
  const [first] = readMigrationFiles({ migrationsFolder: 'migrations' });
  client.exec(
    'create table __drizzle_migrations (id integer primary key autoincrement, hash text not null, created_at numeric)',
  );
  client
    .prepare('insert into __drizzle_migrations (hash, created_at) values (?, ?)')
    .run(first!.hash, first!.folderMillis);
  client
    .prepare(
      `insert into videos (id, content_hash, title, source_path, size_bytes, container, codec, width, height,
        duration_seconds, frame_count, created_at_ms) values ('v', 'h', 't', '/films/t.mp4', 1, 'mp4', 'h264', 4, 3, 2.5, 75, 9)`,
    )
    .run();
  const content = {
    videoId: 'v',
    startSeconds: 0,
    endSeconds: 2.5,
    modelFingerprint: 'model',
    vector: vectorToBlob(Float32Array.of(1, 2)),
  };
  client
    .prepare(
      'insert into clips (video_id, start_seconds, end_seconds, model_fingerprint, vector, checksum) values (?, ?, ?, ?, ?, ?)',
    )
    .run(...Object.values(content), clipChecksum(content));
  client.close();
}

it('brings a library of the first version to today, with all its clips', async () => {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  makeFirstLibrary(path);
  const catalog = new SqliteCatalog(new LibraryDatabase(path));
  onTestFinished(() => catalog.close());
  expect(await catalog.getVideo('v')).toEqual({
    id: 'v',
    contentHash: 'h',
    status: 'ready',
    title: 't',
    description: '',
    tags: [],
    metadata: {},
    sourcePath: '/films/t.mp4',
    blobKey: null,
    sizeBytes: 1,
    container: 'mp4',
    codec: 'h264',
    width: 4,
    height: 3,
    durationSeconds: 2.5,
    frameCount: 75,
    createdAtMs: 9,
    updatedAtMs: 9,
    revision: 1,
    clipCount: 1,
  });
  expect(await catalog.clipsOfVideo('v')).toMatchObject([{ id: 1, vector: Float32Array.of(1, 2) }]);
  await catalog.deleteVideo('v');
  expect(await catalog.size()).toEqual({ videos: 0, clips: 0 });
});

it('goes on where it was killed, between any two statements of any migration', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'videre.sqlite');
  makeFirstLibrary(path);
  const killed = copyAtEveryStatement(path, folder);
  expect(killed.length).toBeGreaterThan(20);
  for (const copy of killed) {
    const catalog = new SqliteCatalog(new LibraryDatabase(copy));
    expect(await catalog.clipsOfVideo('v'), copy).toMatchObject([{ id: 1, vector: Float32Array.of(1, 2) }]);
    expect(await catalog.getVideo('v'), copy).toMatchObject({ status: 'ready', clipCount: 1 });
    await catalog.close();
  }
});

/**
 * Brings a database to today, and before every statement on the way copies its files: they are then what a process would
 * leave that is killed there. @returns paths of the copies.
 */
function copyAtEveryStatement(path: string, folder: string): string[] {
  const copies: string[] = [];
  const prepare = Database.prototype.prepare;
  const spy = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
    this: Database.Database,
    text,
  ) {
    const copy = join(folder, `killed-${copies.length}.sqlite`);
    // What SQLite shares between processes in a third file, it makes anew.
    for (const suffix of ['', '-wal'])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    copies.push(copy);
    return prepare.call(this, text);
  });
  try {
    new LibraryDatabase(path).close();
  } finally {
    spy.mockRestore();
  }
  return copies;
}
