import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import { LOCKS, lock } from './locks.js';
import type { PostgresDatabase, Transaction } from './postgres-database.js';
import { clipIndexes } from './schema/models.js';

/** hnsw: links per element and breadth of the search for them, as in the index within the process. */
const LINKS = 16;
const CONSTRUCTION_BREADTH = 200;
/** pgvector arranges halfvec columns up to this. */
const MAX_DIMENSION = 4000;

/** The table that holds the vectors of a model in half precision, and its graph. Fingerprints may be anything. */
export interface VectorTable {
  name: string;
  graph: string;
}

export function vectorTable(modelFingerprint: string): VectorTable {
  const tag = createHash('sha256').update(modelFingerprint).digest('hex').slice(0, 16);
  return { name: `clip_vectors_${tag}`, graph: `clip_vectors_${tag}_graph` };
}

/**
 * Makes the table of a model where there is none. Its rows go with the clips.
 * @throws AppError `model-mismatch` when it is of another dimension, `missing-dependency` where the server has no pgvector.
 */
export async function makeVectorTable(
  database: PostgresDatabase,
  modelFingerprint: string,
  dimension: number,
): Promise<void> {
  if (dimension > MAX_DIMENSION)
    throw new AppError(
      'invalid-input',
      `pgvector arranges ${MAX_DIMENSION} values at most, not ${dimension}.`,
    );
  const { name } = vectorTable(modelFingerprint);
  await database.transaction(async (transaction) => {
    const known = await registered(transaction, modelFingerprint);
    if (known === dimension) return;
    if (known !== undefined) {
      throw new AppError(
        'model-mismatch',
        `The vectors of this model have ${known} values, not ${dimension}.`,
      );
    }
    await lock(transaction, 'migrations');
    if ((await registered(transaction, modelFingerprint)) !== undefined) return;
    await assertPgvector(transaction);
    await transaction.execute(sql`create extension if not exists vector`);
    await transaction.execute(
      sql.raw(`create table ${name} (
        clip_id bigint primary key references clips (id) on delete cascade,
        vector halfvec(${dimension}) not null
      )`),
    );
    // In the row, whole: a search reads every one of them, or jumps among them.
    await transaction.execute(sql.raw(`alter table ${name} alter column vector set storage plain`));
    await transaction.insert(clipIndexes).values({ modelFingerprint, name, dimension });
  });
}

async function assertPgvector(transaction: Transaction): Promise<void> {
  const { rows } = await transaction.execute(
    sql`select 1 from pg_available_extensions where name = 'vector'`,
  );
  if (rows.length > 0) return;
  throw new AppError('missing-dependency', 'The Postgres server has no pgvector.', {
    hint: 'Install pgvector 0.8 or newer there, such as the package postgresql-17-pgvector.',
  });
}

async function registered(transaction: Transaction, modelFingerprint: string): Promise<number | undefined> {
  const [row] = await transaction
    .select({ dimension: clipIndexes.dimension })
    .from(clipIndexes)
    .where(eq(clipIndexes.modelFingerprint, modelFingerprint));
  return row?.dimension;
}

export async function dropVectorTable(transaction: Transaction, modelFingerprint: string): Promise<void> {
  await transaction.delete(clipIndexes).where(eq(clipIndexes.modelFingerprint, modelFingerprint));
  await transaction.execute(sql.raw(`drop table if exists ${vectorTable(modelFingerprint).name}`));
}

/** Whether searches can go along the graph. */
export function isArranged(database: PostgresDatabase, { graph }: VectorTable): Promise<boolean> {
  return database.withConnection(async (client) => {
    const { rows } = await client.query<{ valid: boolean }>(
      'select indisvalid as valid from pg_index where indexrelid = to_regclass($1)',
      [graph],
    );
    return rows[0]?.valid === true;
  });
}

/**
 * Builds the graph beside the work of others, who find by comparing until it is there. One process builds at a time; what
 * a process left that ended midway is thrown away.
 * @returns false when another process is building.
 */
export function arrange(database: PostgresDatabase, { name, graph }: VectorTable): Promise<boolean> {
  return database.withConnection(async (client) => {
    // Not waited for: a statement that waits would in turn be waited for by the one that builds.
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      LOCKS.indexes,
    ]);
    if (rows[0]?.got !== true) return false;
    try {
      await client.query(`drop index concurrently if exists ${graph}`);
      await client.query(
        `create index concurrently ${graph} on ${name} using hnsw (vector halfvec_ip_ops)
         with (m = ${LINKS}, ef_construction = ${CONSTRUCTION_BREADTH})`,
      );
      return true;
    } finally {
      await client.query('select pg_advisory_unlock($1)', [LOCKS.indexes]);
    }
  });
}
