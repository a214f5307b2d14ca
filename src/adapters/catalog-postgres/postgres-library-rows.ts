import { asc, count, getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { LibraryRow, LibraryRows, LibraryTable } from '../../ports/library-rows.js';
import { verifyClip } from '../catalog-parts/clip-content.js';
import { lock } from './locks.js';
import type { PostgresDatabase } from './postgres-database.js';
import { captions, conversations, conversationTurns, turnVideos } from './schema/answers.js';
import { apiKeys } from './schema/api-keys.js';
import { idempotencyKeys, jobEvents, jobs } from './schema/jobs.js';
import { libraryModels } from './schema/models.js';
import { clips, videos } from './schema/videos.js';
import { webhookDeliveries, webhooks } from './schema/webhooks.js';

/** Each with the columns of its key, in order. */
const TABLES: Record<LibraryTable, [table: PgTable, ...key: PgColumn[]]> = {
  libraryModels: [libraryModels, libraryModels.id],
  apiKeys: [apiKeys, apiKeys.id],
  videos: [videos, videos.sequence],
  clips: [clips, clips.id],
  captions: [captions, captions.clipId],
  jobs: [jobs, jobs.sequence],
  jobEvents: [jobEvents, jobEvents.id],
  idempotencyKeys: [idempotencyKeys, idempotencyKeys.sequence],
  webhooks: [webhooks, webhooks.sequence],
  webhookDeliveries: [webhookDeliveries, webhookDeliveries.sequence],
  conversations: [conversations, conversations.id],
  conversationTurns: [conversationTurns, conversationTurns.sequence],
  turnVideos: [turnVideos, turnVideos.turn, turnVideos.videoId],
};

/** The order of arrival of keys, which SQLite has without a column for it. */
const NOT_TOLD = 'sequence';

/** The rows of a library in its Postgres database. */
export class PostgresLibraryRows implements LibraryRows {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async count(table: LibraryTable): Promise<number> {
    const [rows] = TABLES[table];
    const [counted] = await this.#database.run((database) => database.select({ rows: count() }).from(rows));
    return counted?.rows ?? 0;
  }

  async rowsAfter(table: LibraryTable, after: LibraryRow | undefined, limit: number): Promise<LibraryRow[]> {
    const [rows, ...key] = TABLES[table];
    const order = key.map(inByteOrder);
    const found: LibraryRow[] = await this.#database.run((database) =>
      database
        .select()
        .from(rows)
        .where(after && sql`(${list(order)}) > (${list(keyOf(rows, key, after))})`)
        .orderBy(...order.map((column) => asc(column)))
        .limit(limit),
    );
    if (table === 'clips') for (const row of found) verifyClip(row as typeof clips.$inferSelect);
    if (table !== 'apiKeys') return found;
    return found.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== NOT_TOLD)));
  }

  async insert(table: LibraryTable, rows: readonly LibraryRow[]): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await lock(transaction, 'clips');
      await transaction.insert(TABLES[table][0]).values([...rows]);
    });
  }

  async lastNumbers(): Promise<Partial<Record<LibraryTable, number>>> {
    const numbers: Partial<Record<LibraryTable, number>> = {};
    for (const { table, sequence } of await this.#sequences()) {
      const { rows } = await this.#database.run((database) =>
        // One that never gave a number says 1 and that it was not called.
        database.execute<{ last: string }>(
          sql`select case when is_called then last_value else 0 end as last from ${sql.raw(sequence)}`,
        ),
      );
      const last = Number(rows[0]?.last ?? 0);
      if (last > 0) numbers[table] = last;
    }
    return numbers;
  }

  async raiseNumbers(to: Partial<Record<LibraryTable, number>>): Promise<void> {
    for (const { table, sequence } of await this.#sequences()) {
      const number = to[table];
      if (number === undefined) continue;
      await this.#database.run((database) =>
        database.execute(
          sql`select setval(${sequence}, greatest(last_value, ${number})) from ${sql.raw(sequence)}
              where ${number} >= last_value`,
        ),
      );
    }
  }

  /** What numbers the rows of each table that has numbers. */
  async #sequences(): Promise<{ table: LibraryTable; sequence: string }[]> {
    const found: { table: LibraryTable; sequence: string }[] = [];
    for (const [table, [rows, key]] of Object.entries(TABLES)) {
      const name = getTableName(rows);
      const { rows: answers } = await this.#database.run((database) =>
        database.execute<{ sequence: string | null }>(
          sql`select pg_get_serial_sequence(${name}, ${key!.name}) as sequence`,
        ),
      );
      const sequence = answers[0]?.sequence;
      if (sequence) found.push({ table: table as LibraryTable, sequence });
    }
    return found;
  }
}

/** As SQLite orders text, whatever the language of the server. */
function inByteOrder(column: PgColumn): SQL {
  return column.getSQLType() === 'text' ? sql`${column} collate "C"` : sql`${column}`;
}

function keyOf(table: PgTable, key: readonly PgColumn[], row: LibraryRow): unknown[] {
  const columns = Object.entries(getTableColumns(table));
  return key.map((column) => row[columns.find(([, each]) => each === column)![0]]);
}

function list(parts: readonly unknown[]): SQL {
  return sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  );
}
