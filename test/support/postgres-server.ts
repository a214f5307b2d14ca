import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll } from 'vitest';
import { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';

export interface PostgresUnderTest {
  /** Address of the server, for the driver. */
  url: () => string;
  /** A connection to the library on it. */
  database: () => PostgresDatabase;
  /** Another process on the same library. */
  another: () => PostgresDatabase;
  /** The library as a new one is. */
  empty: () => Promise<PostgresDatabase>;
}

/**
 * Postgres with pgvector, compiled to WebAssembly, behind a socket: the driver is the one of production. All connections
 * share one session, so what needs several at once is not for it. Started once for the tests of a file.
 */
export function pgliteServer(): PostgresUnderTest {
  let url = '';
  let opened: PostgresDatabase[] = [];
  let close = async () => {};
  beforeAll(async () => {
    const engine = await PGlite.create({ extensions: { vector } });
    const server = new PGLiteSocketServer({ db: engine, port: 0, maxConnections: 20 });
    await server.start();
    url = `postgres://postgres@${server.getServerConn()}/postgres`;
    opened = [
      await PostgresDatabase.open(url, { connections: 1 }),
      await PostgresDatabase.open(url, { connections: 1 }),
    ];
    close = async () => {
      for (const database of opened) await database.close();
      await server.stop();
      await engine.close();
    };
    // It compiles and initializes for some seconds, on a busy machine for many.
  }, 120_000);
  afterAll(() => close());
  const database = () => opened[0]!;
  return {
    url: () => url,
    database,
    another: () => opened[1]!,
    empty: async () => {
      await emptyLibrary(database());
      return database();
    },
  };
}

/** Where there is less, deleting row by row is faster than making every table anew. */
const FEW_CLIPS = 200;

/** Everything goes, and numbers begin again. */
export async function emptyLibrary(database: PostgresDatabase): Promise<void> {
  await database.run(async (connection) => {
    const { rows } = await connection.execute(sql`select 1 from clips limit ${FEW_CLIPS}`);
    if (rows.length < FEW_CLIPS) {
      for (const table of ['videos', 'jobs', 'conversations', 'webhooks', 'api_keys', 'library_models'])
        await connection.execute(sql`delete from ${sql.raw(table)}`);
      await connection.execute(sql`select setval(oid::regclass, 1, false) from pg_class where relkind = 'S'`);
    } else {
      await connection.execute(sql`
        truncate videos, jobs, conversations, webhooks, api_keys, library_models restart identity cascade
      `);
    }
  });
}
