import { asc, count, getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { LibraryRow, LibraryRows, LibraryTable } from '../../ports/library-rows.js';
import { verifyClip } from '../catalog-parts/clip-content.js';
import type { LibraryDatabase } from './library-database.js';
import { captions, conversations, conversationTurns, turnVideos } from './schema/answers.js';
import { apiKeys } from './schema/api-keys.js';
import { idempotencyKeys, jobEvents, jobs } from './schema/jobs.js';
import { libraryModels } from './schema/models.js';
import { clips, videos } from './schema/videos.js';
import { webhookDeliveries, webhooks } from './schema/webhooks.js';

/** Each with the columns of its key, in order. */
const TABLES: Record<LibraryTable, [table: SQLiteTable, ...key: SQLiteColumn[]]> = {
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

/** The rows of a library in its SQLite file. */
export class SqliteLibraryRows implements LibraryRows {
  readonly #database: LibraryDatabase;

  constructor(database: LibraryDatabase) {
    this.#database = database;
  }

  async count(table: LibraryTable): Promise<number> {
    const [rows] = TABLES[table];
    return this.#database.run((database) => database.select({ rows: count() }).from(rows).get()?.rows ?? 0);
  }

  async rowsAfter(table: LibraryTable, after: LibraryRow | undefined, limit: number): Promise<LibraryRow[]> {
    const [rows, ...key] = TABLES[table];
    const found = this.#database.run((database) =>
      database
        .select()
        .from(rows)
        .where(after && sql`(${list(key)}) > (${list(keyOf(rows, key, after))})`)
        .orderBy(...key.map((column) => asc(column)))
        .limit(limit)
        .all(),
    );
    if (table === 'clips') for (const row of found) verifyClip(row as typeof clips.$inferSelect);
    return found;
  }

  async insert(table: LibraryTable, rows: readonly LibraryRow[]): Promise<void> {
    this.#database.transaction((transaction) => {
      const insert = transaction.insert(TABLES[table][0]);
      for (const row of rows) insert.values(row).run();
    });
  }

  async lastNumbers(): Promise<Partial<Record<LibraryTable, number>>> {
    const last = this.#database.run((database) =>
      database.all<{ name: string; seq: number }>(sql`select name, seq from sqlite_sequence`),
    );
    const numberOf = new Map(last.map(({ name, seq }) => [name, seq]));
    const numbers: Partial<Record<LibraryTable, number>> = {};
    for (const [table, [rows]] of Object.entries(TABLES)) {
      const number = numberOf.get(getTableName(rows));
      if (number !== undefined) numbers[table as LibraryTable] = number;
    }
    return numbers;
  }

  async raiseNumbers(to: Partial<Record<LibraryTable, number>>): Promise<void> {
    this.#database.transaction((transaction) => {
      for (const [table, number] of Object.entries(to)) {
        const name = getTableName(TABLES[table as LibraryTable][0]);
        // SQLite keeps no row for a table that never had one.
        transaction.run(
          sql`insert into sqlite_sequence (name, seq) select ${name}, 0
              where not exists (select 1 from sqlite_sequence where name = ${name})`,
        );
        transaction.run(sql`update sqlite_sequence set seq = max(seq, ${number}) where name = ${name}`);
      }
    });
  }
}

function keyOf(table: SQLiteTable, key: readonly SQLiteColumn[], row: LibraryRow): unknown[] {
  const columns = Object.entries(getTableColumns(table));
  return key.map((column) => row[columns.find(([, each]) => each === column)![0]]);
}

function list(parts: readonly unknown[]) {
  return sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  );
}
