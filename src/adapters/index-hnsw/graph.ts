import hnswlib from 'hnswlib-node';

/** Links per element and breadth of the search for them. */
const LINKS = 16;
const CONSTRUCTION_BREADTH = 200;
const LEAST_BREADTH = 100;
/** Measured up to here; wider searches would take tens of milliseconds. */
const LARGEST_BREADTH = 4000;
const CLIPS_PER_BREADTH = 250;
const FIRST_CAPACITY = 1024;

/**
 * Breadth of a search among so many clips. Texts lie apart from clips, so they need more than clips that look for clips, and
 * more in a larger library: for 99 % of their ten nearest 200 to 400 among 100,000 clips, 4,000 among a million
 * (docs/search.md). hnswlib widens it to the number of neighbours asked for.
 */
export function searchBreadth(size: number): number {
  return Math.min(Math.max(LEAST_BREADTH, Math.round(size / CLIPS_PER_BREADTH)), LARGEST_BREADTH);
}

/** hnswlib's graph with what it does not keep itself: which of its clips are dead. */
export class Graph {
  readonly #graph: hnswlib.HierarchicalNSW;
  readonly #dead = new Set<number>();

  private constructor(graph: hnswlib.HierarchicalNSW) {
    this.#graph = graph;
  }

  static empty(dimension: number): Graph {
    const graph = new hnswlib.HierarchicalNSW('ip', dimension);
    graph.initIndex({ maxElements: FIRST_CAPACITY, m: LINKS, efConstruction: CONSTRUCTION_BREADTH });
    return new Graph(graph);
  }

  /** @param path of a file that is known to be sound: hnswlib crashes or lies on a damaged one. */
  static async read(path: string, dimension: number): Promise<Graph> {
    const graph = new hnswlib.HierarchicalNSW('ip', dimension);
    await graph.readIndex(path);
    return new Graph(graph);
  }

  /** Clips that can be found in it. */
  get size(): number {
    return this.#graph.getCurrentCount() - this.#dead.size;
  }

  /** Removed clips that still take up room. */
  get dead(): number {
    return this.#dead.size;
  }

  /** Milliseconds of work in a large graph, so it is for one clip at a time. */
  add(clipId: number, vector: Float32Array): void {
    // Capacity at least doubles, so that growth costs a constant per element.
    const capacity = this.#graph.getMaxElements();
    if (this.#graph.getCurrentCount() === capacity) this.#graph.resizeIndex(capacity * 2);
    this.#graph.addPoint(Array.from(vector), clipId);
    this.#dead.delete(clipId);
  }

  /** A clip that is in it stays as a step on the way to others. */
  remove(clipId: number): void {
    this.#graph.markDelete(clipId);
    this.#dead.add(clipId);
  }

  /** What a file says was removed before it was written. */
  noteDead(clipId: number): void {
    this.#dead.add(clipId);
  }

  /** The clips that are probably nearest, in no order. */
  nearest(query: Float32Array, limit: number): number[] {
    if (this.size === 0) return [];
    this.#graph.setEf(searchBreadth(this.size));
    return this.#graph.searchKnn(Array.from(query), Math.min(limit, this.size)).neighbors;
  }

  /** Nothing may be added or removed until it is done; searches go on. */
  async write(path: string): Promise<void> {
    await this.#graph.writeIndex(path);
  }
}
