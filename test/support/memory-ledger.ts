import type { IndexFileLedger, IndexFileRecord } from '../../src/ports/clip-index.js';

/** What the catalog does for an index, without a database. */
export class MemoryLedger implements IndexFileLedger {
  #record: IndexFileRecord | undefined;

  async indexFile(): Promise<IndexFileRecord | undefined> {
    return this.#record;
  }

  async recordIndexFile(record: IndexFileRecord): Promise<IndexFileRecord | undefined> {
    const replaced = this.#record;
    this.#record = record;
    return replaced;
  }
}
