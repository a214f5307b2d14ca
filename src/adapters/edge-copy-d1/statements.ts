import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { EdgePush } from '../../ports/edge-copy.js';
import { plainBytes } from './bytes.js';

/** What D1 takes: text, numbers, bytes, null. */
export type Value = string | number | Uint8Array | null;

/** D1 takes no more in one statement. */
const MAX_PARAMETERS = 100;

export interface Target {
  table: string;
  columns: readonly string[];
  /** Of a row that is there and takes the values of the new one. */
  key: readonly string[];
  /** Columns that such a row keeps. */
  kept?: readonly string[];
}

/** Puts rows in, in as few statements as their values allow. */
export function upsert(
  database: D1Database,
  { table, columns, key, kept = [] }: Target,
  rows: readonly (readonly Value[])[],
): D1PreparedStatement[] {
  const rowsAtOnce = Math.floor(MAX_PARAMETERS / columns.length);
  const changes = columns
    .filter((column) => !key.includes(column) && !kept.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const statements: D1PreparedStatement[] = [];
  for (let first = 0; first < rows.length; first += rowsAtOnce) {
    const some = rows.slice(first, first + rowsAtOnce);
    const places = some.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
    statements.push(
      database
        .prepare(
          `insert into ${table} (${columns.join(', ')}) values ${places}
          on conflict (${key.join(', ')}) do update set ${changes.join(', ')}`,
        )
        .bind(...some.flat().map((value) => (value instanceof Uint8Array ? plainBytes(value) : value))),
    );
  }
  return statements;
}

// A batch is undone as a whole when one of its statements fails. These put a row into `edge_library` that it cannot hold,
// when something is not as it should be; which column they leave empty says what (`push-errors.ts`).

/** Lets a batch through while no later push has begun. */
export function fence(database: D1Database, { number }: EdgePush): D1PreparedStatement {
  return database
    .prepare(
      `insert into edge_library (id, push, version)
      select 1, null, 0 where not exists (select 1 from edge_library where push = ?)`,
    )
    .bind(number);
}

/** Undoes a batch where the query finds something: what is to be published is not all there. */
export function refuseIf(database: D1Database, query: string, ...values: Value[]): D1PreparedStatement {
  return database
    .prepare(`insert into edge_library (id, push, version) select 1, 0, null where exists (${query})`)
    .bind(...values);
}

/** Belongs into every batch that changes what readers see. */
export function raiseVersion(database: D1Database): D1PreparedStatement {
  return database.prepare('update edge_library set version = version + 1');
}

/** For `in (select value from json_each(?))`: as many values as there are, in one parameter. */
export function listed(values: readonly (string | number)[]): string {
  return JSON.stringify(values);
}
