import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { assertUsableVector } from '../../domain/embedding-check.js';
import type { ClipVector } from '../../ports/catalog.js';
import type { ClipIndex, IndexFileLedger, IndexFileRecord, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import { assertWrittenWhole, fileSize, hashFile, syncToDisk } from './hnsw-file.js';

/** Links per element and breadth of the search for them: recall .998 at 100,000 clustered vectors of 512 values. */
const LINKS = 16;
const CONSTRUCTION_BREADTH = 200;
/** Least breadth of a search; hnswlib widens it to the number of neighbours asked for. */
const SEARCH_BREADTH = 64;
const FIRST_CAPACITY = 1024;

export interface HnswIndexOptions {
  /** Folder the index file lives in. */
  folder: string;
  dimension: number;
  modelFingerprint: string;
  /** Remembers length, hash and contents of the file. */
  ledger: IndexFileLedger;
}

/**
 * Approximate search on a navigable small world graph (Malkov and Yashunin, 2016), by hnswlib.
 * Its file is a cache: it is read only when it is byte for byte what the ledger says, for hnswlib crashes or lies on a
 * damaged one; otherwise the index starts empty and is filled from the catalog.
 */
export class HnswIndex implements ClipIndex {
  readonly #options: HnswIndexOptions;
  readonly #graph: hnswlib.HierarchicalNSW;
  readonly #clipIds: Set<number>;
  #lastClipId: number;
  #savedSize: number;

  private constructor(options: HnswIndexOptions, graph: hnswlib.HierarchicalNSW) {
    this.#options = options;
    this.#graph = graph;
    this.#clipIds = new Set(graph.getIdsList());
    this.#lastClipId = [...this.#clipIds].reduce((highest, id) => Math.max(highest, id), 0);
    this.#savedSize = this.#clipIds.size;
    graph.setEf(SEARCH_BREADTH);
  }

  /** Loads the saved index if it is sound and of the same model, else starts an empty one. */
  static async open(options: HnswIndexOptions): Promise<HnswIndex> {
    const graph = new hnswlib.HierarchicalNSW('ip', options.dimension);
    const record = await options.ledger.indexFile();
    if (record !== undefined && (await isSound(options, record))) {
      await graph.readIndex(join(options.folder, record.name));
    } else {
      graph.initIndex({ maxElements: FIRST_CAPACITY, m: LINKS, efConstruction: CONSTRUCTION_BREADTH });
    }
    return new HnswIndex(options, graph);
  }

  get dimension(): number {
    return this.#options.dimension;
  }

  get size(): number {
    return this.#clipIds.size;
  }

  get lastClipId(): number {
    return this.#lastClipId;
  }

  async add(clips: readonly ClipVector[]): Promise<void> {
    for (const { clipId, vector } of clips) assertUsableVector(vector, this.dimension, `Clip ${clipId}`);
    this.#reserve(this.size + clips.length);
    for (const { clipId, vector } of clips) {
      if (this.#clipIds.has(clipId)) continue;
      this.#graph.addPoint(Array.from(vector), clipId);
      this.#clipIds.add(clipId);
      this.#lastClipId = Math.max(this.#lastClipId, clipId);
    }
  }

  async search(query: Embedding, limit: number): Promise<Neighbour[]> {
    assertUsableVector(query, this.dimension, 'The query');
    if (this.size === 0) return [];
    const { neighbors, distances } = this.#graph.searchKnn(Array.from(query), Math.min(limit, this.size));
    // hnswlib's distance in an inner product space is 1 - product.
    return neighbors.map((clipId, rank) => ({ clipId, score: 1 - distances[rank]! }));
  }

  async save(): Promise<void> {
    if (this.size === this.#savedSize) return;
    const { folder, ledger, modelFingerprint } = this.#options;
    const clipCount = this.size;
    const temporary = join(folder, `index-${randomUUID()}.tmp`);
    try {
      // Not the asynchronous one: nothing may be added while hnswlib writes.
      this.#graph.writeIndexSync(temporary);
      await assertWrittenWhole(temporary);
      await syncToDisk(temporary);
      const sha256 = await hashFile(temporary);
      const record: IndexFileRecord = {
        // A name of its own for every content: until the ledger has the new one, the old one still counts.
        name: `index-${sha256.slice(0, 16)}.hnsw`,
        sizeBytes: (await fileSize(temporary)) ?? 0,
        sha256,
        clipCount,
        modelFingerprint,
      };
      await rename(temporary, join(folder, record.name));
      await syncToDisk(folder);
      const replaced = await ledger.recordIndexFile(record);
      if (replaced !== undefined && replaced.name !== record.name) {
        await rm(join(folder, replaced.name), { force: true });
      }
      this.#savedSize = clipCount;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Capacity at least doubles, so that growth costs a constant per element. */
  #reserve(needed: number): void {
    const capacity = this.#graph.getMaxElements();
    if (needed > capacity) this.#graph.resizeIndex(Math.max(needed, capacity * 2));
  }
}

async function isSound(options: HnswIndexOptions, record: IndexFileRecord): Promise<boolean> {
  if (record.modelFingerprint !== options.modelFingerprint) return false;
  const path = join(options.folder, record.name);
  return (await fileSize(path)) === record.sizeBytes && (await hashFile(path)) === record.sha256;
}
