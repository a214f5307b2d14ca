import { sql } from 'drizzle-orm';
import { readActiveModel } from './active-model.js';
import { PostgresDatabase } from './postgres-database.js';

/**
 * Where the bundle is that a library was switched to, read before the library is opened: it decides with which model
 * that happens.
 * @returns undefined when none was chosen, or there is no library yet.
 * @throws AppError as `PostgresDatabase.connect`.
 */
export async function readChosenBundle(url: string): Promise<string | undefined> {
  const database = await PostgresDatabase.connect(url, { connections: 1 });
  try {
    return await database.run(async (connection) => {
      const { rows } = await connection.execute(sql`select to_regclass('library_models') as found`);
      const active = rows[0]?.found == null ? undefined : await readActiveModel(connection);
      return active?.bundleFolder ?? undefined;
    });
  } finally {
    await database.close();
  }
}
