import { join } from 'node:path';
import type { IndexFileRecord, IndexState, Neighbour } from '../../ports/clip-index.js';
import { VectorStore } from '../vector-store/vector-store.js';
import { Graph } from './graph.js';
import { readElements } from './hnsw-file.js';
import { IdQueue } from './id-queue.js';
import type { ClipBatch, IndexEngine, IndexEngineOptions, IndexQuery } from './index-engine.js';
import { isSoundFile, writeIndexFile } from './index-file.js';

/** Time the graph is worked on before searches get their turn. */
const TURN_MS = 4;
/** The graph is made anew without its dead clips when they are this many, and this share of it. */
const LEAST_DEAD = 1000;
const DEAD_SHARE = 0.25;

interface Successor {
  graph: Graph;
  missing: IdQueue;
}

/**
 * A graph for fast search and, beside it, the vectors themselves. A clip is found from the moment it is added, by
 * comparison with its vector, until the graph has it too; the graph gets clips in the background, a few milliseconds at a
 * time. Scores always come from the vectors, so that the same clip has the same score however it was found.
 */
export class LocalEngine implements IndexEngine {
  readonly #options: IndexEngineOptions;
  readonly #vectors: VectorStore;
  #graph: Graph;
  /** Clips on their way into the graph, in the order they came; those removed meanwhile are passed over. */
  readonly #waiting = new IdQueue();
  #lastClipId = 0;
  /** Clips of the graph that were removed and are not marked as dead in it yet. */
  readonly #removed = new IdQueue();
  /** A graph without the dead clips, on its way to take the place of the one in use. */
  #successor: Successor | undefined;
  #working: Promise<void> | undefined;
  /** The graph stays as it is while hnswlib writes it. */
  #writing: Promise<unknown> = Promise.resolve();
  #isChanged = false;
  #isClosed = false;

  private constructor(options: IndexEngineOptions, graph: Graph) {
    this.#options = options;
    this.#vectors = new VectorStore(options.dimension);
    this.#graph = graph;
  }

  /** Loads the recorded file if it is sound and of the same model, else starts empty. */
  static async open(options: IndexEngineOptions): Promise<LocalEngine> {
    const { folder, dimension, record } = options;
    if (record === undefined || !(await isSoundFile(options, record))) {
      return new LocalEngine(options, Graph.empty(dimension));
    }
    const path = join(folder, record.name);
    const engine = new LocalEngine(options, await Graph.read(path, dimension));
    for await (const { clipId, vector, isDead } of readElements(path)) {
      if (isDead) engine.#graph.noteDead(clipId);
      else engine.#vectors.add(clipId, vector);
      engine.#lastClipId = Math.max(engine.#lastClipId, clipId);
    }
    return engine;
  }

  async add({ clipIds, vectors, throughClipId }: ClipBatch): Promise<IndexState> {
    const { dimension } = this.#options;
    clipIds.forEach((clipId, order) => {
      const vector = vectors.subarray(order * dimension, (order + 1) * dimension);
      if (this.#vectors.add(clipId, vector)) this.#waiting.add(clipId);
      this.#lastClipId = Math.max(this.#lastClipId, clipId);
    });
    this.#lastClipId = Math.max(this.#lastClipId, throughClipId);
    this.#work();
    return this.state();
  }

  async remove(clipIds: readonly number[]): Promise<IndexState> {
    for (const clipId of clipIds) {
      const isInGraph = this.#vectors.remove(clipId) && !this.#waiting.delete(clipId);
      if (isInGraph) this.#removed.add(clipId);
    }
    this.#work();
    return this.state();
  }

  async search({ vector, limit, among, exact }: IndexQuery): Promise<Neighbour[]> {
    if (among !== undefined) return this.#vectors.nearestAmong(vector, among, limit);
    if (exact) return this.#vectors.nearest(vector, limit, turn);
    const waiting = this.#vectors.nearestAmong(vector, this.#waiting, limit);
    const found = this.#vectors.scores(vector, this.#graph.nearest(vector, limit + this.#removed.size));
    return [...waiting, ...found]
      .sort((left, right) => right.score - left.score || left.clipId - right.clipId)
      .slice(0, limit);
  }

  async clipIds(): Promise<number[]> {
    return [...this.#vectors.clipIds()];
  }

  async state(): Promise<IndexState> {
    return {
      size: this.#vectors.size,
      lastClipId: this.#lastClipId,
      unarranged: this.#waiting.size,
      dead: this.#graph.dead,
    };
  }

  async settled(): Promise<IndexState> {
    while (this.#working !== undefined) await this.#working;
    return this.state();
  }

  async write(): Promise<IndexFileRecord | undefined> {
    if (!this.#isChanged && this.#removed.size === 0) return undefined;
    const written = this.#writing.then(() => {
      // What was removed before is in no file that is written after.
      for (const clipId of [...this.#removed]) this.#bury(clipId);
      this.#isChanged = false;
      return writeIndexFile(this.#graph, this.#options);
    });
    this.#writing = written.catch(() => {
      this.#isChanged = true;
    });
    return written;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([this.#working, this.#writing]);
  }

  #work(): void {
    this.#working ??= this.#workInTurns().finally(() => {
      this.#working = undefined;
    });
    // Told to whoever waits for it to be settled; until then what is not in the graph is found all the same.
    this.#working.catch(() => {});
  }

  async #workInTurns(): Promise<void> {
    while (!this.#isClosed) {
      await this.#writing;
      const end = performance.now() + TURN_MS;
      do {
        if (!this.#workOnce()) return;
      } while (performance.now() < end);
      await turn();
    }
  }

  /** @returns false when there is nothing to do. */
  #workOnce(): boolean {
    const { first: removed } = this.#removed;
    const { first: waiting } = this.#waiting;
    if (removed !== undefined) this.#bury(removed);
    else if (waiting !== undefined) this.#arrange(waiting);
    else if (this.#successor !== undefined) this.#arrangeInSuccessor(this.#successor);
    else if (this.#graph.dead >= Math.max(LEAST_DEAD, DEAD_SHARE * this.#graph.size)) {
      this.#successor = {
        graph: Graph.empty(this.#options.dimension),
        missing: new IdQueue(this.#vectors.clipIds()),
      };
    } else return false;
    return true;
  }

  #bury(clipId: number): void {
    this.#graph.remove(clipId);
    if (this.#successor?.missing.delete(clipId) === false) this.#successor.graph.remove(clipId);
    this.#removed.delete(clipId);
    this.#isChanged = true;
  }

  #arrange(clipId: number): void {
    this.#graph.add(clipId, this.#vectors.vector(clipId)!);
    this.#successor?.missing.add(clipId);
    this.#waiting.delete(clipId);
    this.#isChanged = true;
  }

  #arrangeInSuccessor({ graph, missing }: Successor): void {
    const { first: clipId } = missing;
    if (clipId === undefined) {
      this.#graph = graph;
      this.#successor = undefined;
      this.#isChanged = true;
    } else {
      graph.add(clipId, this.#vectors.vector(clipId)!);
      missing.delete(clipId);
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
