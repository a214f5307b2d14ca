import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteLibraryRows } from '../adapters/catalog-sqlite/sqlite-library-rows.js';
import { DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import { AppError } from '../domain/errors.js';
import type { LibraryRows } from '../ports/library-rows.js';
import { DATABASE_FILE } from './active-bundle.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { makeFolder } from './data-folder.js';

export interface MigrationEnd extends Closable {
  rows: LibraryRows;
  /** Makes what searches go by, where that is in the database; otherwise the next start does. */
  arrange(): Promise<void>;
}

/**
 * One end of a migration, for nobody else meanwhile as far as that can be seen to.
 * @param address `sqlite://PATH`, of a database or its data folder, or `postgres://...`
 * @param mustExist an end that is read is not made.
 * @throws AppError `invalid-input` for another address, `not-found`, `conflict` when somebody works on the library.
 */
export async function openMigrationEnd(address: string, mustExist: boolean): Promise<MigrationEnd> {
  if (/^postgres(ql)?:\/\//.test(address)) {
    const { openPostgresEnd } = await import('./postgres-migration.js');
    return openPostgresEnd(address);
  }
  const [, path] = /^sqlite:\/\/(.+)$/.exec(address) ?? [];
  if (path !== undefined) return openSqliteEnd(resolve(path), mustExist);
  throw new AppError('invalid-input', `${JSON.stringify(address)} is no database Videre knows.`, {
    hint: 'Write sqlite://PATH of a data folder, or postgres://USER:PASSWORD@HOST/NAME.',
  });
}

async function openSqliteEnd(path: string, mustExist: boolean): Promise<MigrationEnd> {
  const found = statSync(path, { throwIfNoEntry: false });
  const file = found?.isFile() || path.endsWith('.sqlite') ? path : join(path, DATABASE_FILE);
  if (mustExist && !statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new AppError('not-found', `There is no library at ${file}.`);
  await makeFolder(dirname(file));
  const lock = DataFolderLock.take(dirname(file));
  return closingOnFailure(lock, async () => {
    const database = new LibraryDatabase(file);
    const close = () => closeAll({ close: async () => database.close() }, lock);
    return { rows: new SqliteLibraryRows(database), arrange: async () => {}, close };
  });
}
