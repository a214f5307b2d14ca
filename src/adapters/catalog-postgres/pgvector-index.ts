import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { assertUsableVector } from '../../domain/embedding-check.js';
import { AppError } from '../../domain/errors.js';
import type { ClipVector } from '../../ports/catalog.js';
import type { SearchFilter } from '../../ports/clip-finder.js';
import type { ClipIndex, IndexSearchOptions, IndexState, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import { blobToVector } from '../catalog-parts/clip-content.js';
import { innerProductAt } from '../vector-store/inner-product.js';
import { passing } from './postgres-clip-finder.js';
import type { PostgresDatabase } from './postgres-database.js';
import { arrange, isArranged, makeVectorTable, type VectorTable, vectorTable } from './vector-table.js';

/** Vectors stored by one statement. */
const VECTORS_AT_ONCE = 500;
/** More candidates than wanted, for half precision puts near ones in another order. */
const SPARE = 16;
const SPARE_EXACT = 64;
/** Breadth of a search along the graph; pgvector takes no more. */
const LEAST_BREADTH = 100;
const LARGEST_BREADTH = 1000;
const CLIPS_PER_BREADTH = 250;
/** How far the graph is followed when what was found first is not enough. */
const MAX_SCAN_TUPLES = 100_000;
/** Half precision holds no larger value. */
const LARGEST_NORM = 60_000;
/** Counting takes at most this share of the time. */
const COUNT_SHARE = 1 / 20;
const LOOK_AGAIN_MS = 500;

export interface PgvectorIndexOptions {
  database: PostgresDatabase;
  dimension: number;
  modelFingerprint: string;
}

type Candidate = {
  clip_id: string;
  /** float32, as it was stored. */
  vector: Buffer;
};

/** With what it was found by, in half precision. */
type Compared = Candidate & { half_score: number };

/**
 * Approximate search on a navigable small world graph (Malkov and Yashunin, 2016) by pgvector, in the database of the
 * catalog: every process on it searches the same one. What is found in half precision is scored by the vectors the catalog
 * has. The table is a cache, but one that goes with the clips: nothing deleted is left in it.
 */
export class PgvectorIndex implements ClipIndex {
  readonly dimension: number;
  readonly restores = 0;
  readonly #database: PostgresDatabase;
  readonly #modelFingerprint: string;
  readonly #table: VectorTable;
  #size = 0;
  #lastClipId = 0;
  #isArranged = false;
  #largestNorm = 0;
  /** When it was counted last, and how long that took. */
  #counted = { atMs: Number.NEGATIVE_INFINITY, tookMs: 0 };
  #isClosed = false;

  private constructor({ database, dimension, modelFingerprint }: PgvectorIndexOptions) {
    this.dimension = dimension;
    this.#database = database;
    this.#modelFingerprint = modelFingerprint;
    this.#table = vectorTable(modelFingerprint);
  }

  /** @throws AppError `model-mismatch` for another dimension than that of the model's vectors. */
  static async open(options: PgvectorIndexOptions): Promise<PgvectorIndex> {
    await makeVectorTable(options.database, options.modelFingerprint, options.dimension);
    const index = new PgvectorIndex(options);
    await index.state();
    return index;
  }

  get size(): number {
    return this.#size;
  }

  get lastClipId(): number {
    return this.#lastClipId;
  }

  /** What other processes added is in it; what they removed, after a while in a large library. */
  async state(): Promise<IndexState> {
    const startMs = performance.now();
    const { atMs, tookMs } = this.#counted;
    const isDue = startMs - atMs >= tookMs / COUNT_SHARE;
    const count = isDue ? `(select count(*) from ${this.#table.name})` : 'null';
    const { rows } = await this.#query<{ last: string | null; size: string | null }>(
      `select (select max(clip_id) from ${this.#table.name}) as last, ${count} as size`,
    );
    const { last, size } = rows[0]!;
    this.#lastClipId = Math.max(this.#lastClipId, Number(last ?? 0));
    if (size !== null) {
      this.#size = Number(size);
      const nowMs = performance.now();
      this.#counted = { atMs: nowMs, tookMs: nowMs - startMs };
    }
    this.#isArranged ||= await isArranged(this.#database, this.#table);
    const unarranged = this.#isArranged ? 0 : this.#size;
    return { size: this.#size, lastClipId: this.#lastClipId, unarranged, dead: 0 };
  }

  async add(clips: readonly ClipVector[], throughClipId = 0): Promise<void> {
    for (const { clipId, vector } of clips) assertUsableVector(vector, this.dimension, `Clip ${clipId}`);
    await this.#allowNorm(clips);
    for (let start = 0; start < clips.length; start += VECTORS_AT_ONCE) {
      const batch = clips.slice(start, start + VECTORS_AT_ONCE);
      const { rowCount } = await this.#query(
        // Clips that were deleted meanwhile are passed over, and none of the others is until this is done.
        `insert into ${this.#table.name} (clip_id, vector)
         select given.id, given.vector::halfvec
         from unnest($1::bigint[], $2::text[]) as given (id, vector) join clips on clips.id = given.id
         order by given.id for key share of clips
         on conflict do nothing`,
        [batch.map(({ clipId }) => clipId), batch.map(({ vector }) => textOf(vector))],
      );
      this.#size += rowCount ?? 0;
      this.#lastClipId = Math.max(this.#lastClipId, ...batch.map(({ clipId }) => clipId));
    }
    this.#lastClipId = Math.max(this.#lastClipId, throughClipId);
  }

  async remove(clipIds: readonly number[]): Promise<void> {
    const { rowCount } = await this.#query(
      `delete from ${this.#table.name} where clip_id = any($1::bigint[])`,
      [clipIds],
    );
    this.#size -= rowCount ?? 0;
    // Whoever deleted their clips has taken them from the table as well: counted anew when it is asked for.
    this.#counted = { atMs: Number.NEGATIVE_INFINITY, tookMs: 0 };
  }

  async search(query: Embedding, limit: number, options: IndexSearchOptions = {}): Promise<Neighbour[]> {
    assertUsableVector(query, this.dimension, 'The query');
    const { among, exact = false } = options;
    if (among !== undefined) return this.#exact(query, limit, 'where clip_id = any($3::bigint[])', [among]);
    if (exact) return this.#exact(query, limit, '', []);
    return this.#approximate(query, limit);
  }

  /** Along the graph until enough of what comes by passes. */
  async searchPassing(query: Embedding, limit: number, filter: SearchFilter): Promise<Neighbour[]> {
    assertUsableVector(query, this.dimension, 'The query');
    const candidates = await this.#database.transaction(async (transaction) => {
      await transaction.execute(sql.raw(this.#settings(limit + SPARE)));
      const { rows } = await transaction.execute<Candidate>(sql`
        select near.clip_id, clips.vector
        from ${sql.raw(this.#table.name)} near
        join clips on clips.id = near.clip_id join videos on videos.id = clips.video_id
        where ${passing(filter) ?? sql`true`}
        order by near.vector <#> ${textOf(query)}::halfvec limit ${limit + SPARE}
      `);
      return rows;
    });
    return scored(query, candidates).slice(0, limit);
  }

  async clipIds(): Promise<number[]> {
    const { rows } = await this.#query<{ clip_id: string }>(`select clip_id from ${this.#table.name}`);
    return rows.map(({ clip_id }) => Number(clip_id));
  }

  /** Builds the graph where there is none; from then on the database keeps it up with every clip. */
  async settled(): Promise<void> {
    while (!this.#isClosed && !(await isArranged(this.#database, this.#table))) {
      if (!(await arrange(this.#database, this.#table))) await sleep(LOOK_AGAIN_MS);
    }
    this.#isArranged = true;
  }

  /** The database has it already. */
  async save(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #approximate(query: Embedding, limit: number): Promise<Neighbour[]> {
    const wanted = limit + SPARE;
    const candidates = await this.#database.withConnection(async (client) => {
      // One round trip for all of it.
      await client.query(`begin read only; ${this.#settings(wanted)}`);
      const { rows } = await client.query<Candidate>(this.#candidatesQuery('vector <#> $1::halfvec', ''), [
        textOf(query),
        wanted,
      ]);
      await client.query('commit');
      return rows;
    });
    return scored(query, candidates).slice(0, limit);
  }

  /**
   * Compares with every clip: in half precision first, and by the vectors themselves as many as it takes to know that no
   * other can be nearer.
   */
  async #exact(
    query: Embedding,
    limit: number,
    condition: string,
    parameters: readonly unknown[],
  ): Promise<Neighbour[]> {
    // Added to nothing, so that no graph is used.
    const text = this.#candidatesQuery('(vector <#> $1::halfvec) + 0', condition);
    for (let wanted = limit + SPARE_EXACT; ; wanted *= 4) {
      const { rows } = await this.#query<Compared>(text, [textOf(query), wanted, ...parameters]);
      const found = scored(query, rows);
      if (rows.length < wanted) return found.slice(0, limit);
      const leastHalfScore = Math.min(...rows.map(({ half_score }) => half_score));
      const last = found[limit - 1];
      if (last !== undefined && last.score > leastHalfScore + (await this.#halfError(query)))
        return found.slice(0, limit);
    }
  }

  /** How a search goes along the graph; local to its transaction, so that it holds behind a pooler, too. */
  #settings(wanted: number): string {
    const breadth = Math.max(LEAST_BREADTH, Math.round(this.#size / CLIPS_PER_BREADTH), wanted);
    return `set local hnsw.ef_search = ${Math.min(breadth, LARGEST_BREADTH)};
      set local hnsw.iterative_scan = relaxed_order; set local hnsw.max_scan_tuples = ${MAX_SCAN_TUPLES}`;
  }

  #candidatesQuery(order: string, condition: string): string {
    const { name } = this.#table;
    return `select near.clip_id, near.half_score, clips.vector from (
        select clip_id, -(vector <#> $1::halfvec) as half_score from ${name} ${condition} order by ${order} limit $2
      ) near join clips on clips.id = near.clip_id`;
  }

  /**
   * How far a score in half precision is off at most: each value by 2^-11 of it, on both sides, and the sum in float32 by
   * 2^-24 of it a step.
   */
  async #halfError(query: Embedding): Promise<number> {
    const { rows } = await this.#query<{ largest_norm: number }>(
      'select largest_norm from clip_indexes where model_fingerprint = $1',
      [this.#modelFingerprint],
    );
    this.#largestNorm = rows[0]?.largest_norm ?? this.#largestNorm;
    return normOf(query) * (this.#largestNorm + 1) * (2 ** -9.9 + this.dimension * 2 ** -23);
  }

  /** Remembers the largest norm there may be, before there is one. */
  async #allowNorm(clips: readonly ClipVector[]): Promise<void> {
    const norm = clips.reduce((largest, { vector }) => Math.max(largest, normOf(vector)), 0);
    if (norm > LARGEST_NORM) {
      throw new AppError('invalid-input', `A vector of norm ${norm} is too long for half precision.`, {
        hint: `Norms go up to ${LARGEST_NORM}.`,
      });
    }
    if (norm <= this.#largestNorm) return;
    await this.#query(
      'update clip_indexes set largest_norm = greatest(largest_norm, $2) where model_fingerprint = $1',
      [this.#modelFingerprint, norm],
    );
    this.#largestNorm = norm;
  }

  #query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> {
    return this.#database.withConnection((client) => client.query<Row>(text, values));
  }
}

/** Best first, of equal scores the lower id first. */
function scored(query: Embedding, candidates: readonly Candidate[]): Neighbour[] {
  return candidates
    .map(({ clip_id, vector }) => ({
      clipId: Number(clip_id),
      score: innerProductAt(query, blobToVector(vector)),
    }))
    .sort((left, right) => right.score - left.score || left.clipId - right.clipId);
}

/** As pgvector reads it. */
function textOf(vector: Embedding): string {
  return `[${vector.join(',')}]`;
}

function normOf(vector: Embedding): number {
  return Math.hypot(...vector);
}
