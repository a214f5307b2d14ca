import { asc, eq, sql } from 'drizzle-orm';
import { edgeVectorBlocks } from '../catalog-sqlite/schema/edge.js';
import type { BlockSource, VectorBlock } from '../vector-store/vector-block.js';
import type { D1Library } from './d1-library.js';

/** Codes read by one query: D1 answers with at most 50 MB, and bytes travel as twice as many digits. */
const QUERY_BYTES = 8 * 2 ** 20;

/** Blocks that are in memory already, by their ids, which are never used twice. */
export type KnownBlocks = Map<number, VectorBlock>;

/**
 * The blocks of a model's vectors, as they lie in D1. Concurrent requests read each for itself: none may wait for what another
 * one has begun, which ends with it.
 */
export class D1VectorBlocks implements BlockSource {
  readonly #database: D1Library;
  readonly #fingerprint: string;
  readonly #known: KnownBlocks;
  #current: readonly VectorBlock[] | undefined;

  /** @param known shared by those that read the library before and after it was changed; only what is current stays in it. */
  constructor(database: D1Library, fingerprint: string, known: KnownBlocks) {
    this.#database = database;
    this.#fingerprint = fingerprint;
    this.#known = known;
  }

  async blocks(): Promise<readonly VectorBlock[]> {
    if (this.#current !== undefined) return this.#current;
    const ids = await this.#ids();
    const isCurrent = new Set(ids.map(({ id }) => id));
    for (const batch of inBatches(ids.filter(({ id }) => !this.#known.has(id)))) await this.#read(batch);
    for (const id of this.#known.keys()) if (!isCurrent.has(id)) this.#known.delete(id);
    // One that is gone by now went with its video.
    this.#current = ids.flatMap(({ id }) => this.#known.get(id) ?? []);
    return this.#current;
  }

  async #ids(): Promise<{ id: number; bytes: number }[]> {
    return this.#database.run((database) =>
      database
        .select({ id: edgeVectorBlocks.id, bytes: sql<number>`length(${edgeVectorBlocks.codes})` })
        .from(edgeVectorBlocks)
        .where(eq(edgeVectorBlocks.modelFingerprint, this.#fingerprint))
        .orderBy(asc(edgeVectorBlocks.id))
        .all(),
    );
  }

  async #read(ids: readonly number[]): Promise<void> {
    const { id, clipIds, scales, errors, codes } = edgeVectorBlocks;
    // As digits: D1 would send bytes as a list of numbers.
    const rows = await this.#database.run((database) =>
      database
        .select({
          id,
          clipIds: sql<string>`hex(${clipIds})`,
          scales: sql<string>`hex(${scales})`,
          errors: sql<string>`hex(${errors})`,
          codes: sql<string>`hex(${codes})`,
        })
        .from(edgeVectorBlocks)
        .where(sql`${id} in (select value from json_each(${JSON.stringify(ids)}))`)
        .all(),
    );
    for (const row of rows) {
      this.#known.set(row.id, {
        clipIds: new Float64Array(bytesOf(row.clipIds)),
        scales: new Float32Array(bytesOf(row.scales)),
        errors: new Float32Array(bytesOf(row.errors)),
        codes: new Int8Array(bytesOf(row.codes)),
      });
    }
  }
}

/** Workers are little endian, as what is stored. */
export function bytesOf(hex: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(hex, 'hex')).buffer;
}

function inBatches(blocks: readonly { id: number; bytes: number }[]): number[][] {
  const batches: number[][] = [];
  let room = 0;
  for (const { id, bytes } of blocks) {
    if (batches.length === 0 || bytes > room) {
      batches.push([]);
      room = QUERY_BYTES;
    }
    batches.at(-1)!.push(id);
    room -= bytes;
  }
  return batches;
}
