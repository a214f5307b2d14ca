import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { searchBreadth } from '../../src/adapters/index-hnsw/graph.js';
import type { Embedding } from '../../src/ports/encoders.js';
import { DIMENSION } from './bundle.js';

/** hnswlib and nothing around it, on the same index file. */
export class RawIndex {
  readonly #graph: hnswlib.HierarchicalNSW;

  private constructor(graph: hnswlib.HierarchicalNSW) {
    this.#graph = graph;
  }

  static async open(dataFolder: string, modelFingerprint: string): Promise<RawIndex> {
    const catalog = new SqliteCatalog(new LibraryDatabase(join(dataFolder, 'videre.sqlite')));
    const record = await catalog.indexFile(modelFingerprint);
    await catalog.close();
    const graph = new hnswlib.HierarchicalNSW('ip', DIMENSION);
    await graph.readIndex(join(dataFolder, record!.name));
    // As the product searches.
    graph.setEf(searchBreadth(graph.getCurrentCount()));
    return new RawIndex(graph);
  }

  /** @returns milliseconds of each search for the ten nearest, the making of the array that hnswlib wants included. */
  time(queries: readonly Embedding[], seconds: number): number[] {
    const times: number[] = [];
    const end = performance.now() + seconds * 1000;
    for (let round = 0; performance.now() < end; round++) {
      const query = queries[round % queries.length]!;
      const start = performance.now();
      this.#graph.searchKnn(Array.from(query), 10);
      times.push(performance.now() - start);
    }
    return times;
  }
}
