import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Where the bundle is that a library was switched to, read before the library is opened: it decides with which model
 * that happens.
 * @returns undefined when none was chosen, or there is no library that could tell.
 */
export function readChosenBundle(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true });
    const row = database.prepare('select bundle_folder as folder from library_models').get();
    return (row as { folder: string | null } | undefined)?.folder ?? undefined;
  } catch {
    // An older schema, or a file that opening the library will complain about.
    return undefined;
  } finally {
    database?.close();
  }
}
