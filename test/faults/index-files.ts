import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { ExactIndex } from '../../src/adapters/index-exact/exact-index.js';
import { HnswIndex, type HnswIndexOptions } from '../../src/adapters/index-hnsw/hnsw-index.js';
import { followCatalog } from '../../src/app/follow-catalog.js';
import type { IndexFileRecord } from '../../src/ports/clip-index.js';
import { seededRandom } from '../support/seeded-random.js';
import type { Campaign, OpenCampaign, Outcome } from './campaign.js';
import { damageBytes } from './damage-bytes.js';
import { addVideos, randomVector } from './filled-catalog.js';

const DIMENSION = 24;
const FIRST_VIDEOS = 12;
const VIDEOS = 20;
const FINGERPRINT = 'model';
const QUERIES = 4;
const NEAREST = 10;

/**
 * A library whose index file is spoilt in every way, or changed for another: it is never read, the index is filled from the
 * database, and answers as an exact search does. One case in fifty goes through the index's own thread, as in a server.
 */
export const indexFiles: Campaign = {
  cases: { full: 10_000, sample: 150 },
  atOnce: 1,
  open: async () => new IndexFiles(await prepare()),
};

interface Prepared {
  folder: string;
  catalog: SqliteCatalog;
  options: HnswIndexOptions;
  record: IndexFileRecord;
  sound: Buffer;
  /** Files that hnswlib would gladly read, but not those of this library as it is. */
  strangers: Record<string, Buffer>;
  oracle: ExactIndex;
}

async function prepare(): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-faults-index-'));
  const database = new LibraryDatabase(join(folder, 'videre.sqlite'));
  const catalog = new SqliteCatalog(database, FINGERPRINT);
  const options = { folder, dimension: DIMENSION, modelFingerprint: FINGERPRINT, ledger: catalog };
  await addVideos(catalog, FINGERPRINT, DIMENSION, 0, FIRST_VIDEOS);
  const older = await savedFile(options, catalog);
  await addVideos(catalog, FINGERPRINT, DIMENSION, FIRST_VIDEOS, VIDEOS);
  const sound = await savedFile(options, catalog);
  const record = (await catalog.indexFile(FINGERPRINT))!;
  const oracle = new ExactIndex(DIMENSION);
  await followCatalog(oracle, catalog);
  const strangers = {
    'an older file': older,
    'a file of another dimension': await fileOfDimension(DIMENSION / 2),
  };
  return { folder, catalog, options, record, sound, strangers, oracle };
}

async function savedFile(options: HnswIndexOptions, catalog: SqliteCatalog): Promise<Buffer> {
  const index = await HnswIndex.open(options);
  await followCatalog(index, catalog);
  await index.settled();
  await index.save();
  await index.close();
  const { name } = (await catalog.indexFile(FINGERPRINT))!;
  return readFile(join(options.folder, name));
}

async function fileOfDimension(dimension: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-faults-index-'));
  const catalog = new SqliteCatalog(new LibraryDatabase(join(folder, 'videre.sqlite')), FINGERPRINT);
  try {
    await addVideos(catalog, FINGERPRINT, dimension, 0, VIDEOS);
    return await savedFile({ folder, dimension, modelFingerprint: FINGERPRINT, ledger: catalog }, catalog);
  } finally {
    await catalog.close();
    await rm(folder, { recursive: true });
  }
}

class IndexFiles implements OpenCampaign {
  readonly #prepared: Prepared;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  async run(number: number): Promise<Outcome> {
    const random = seededRandom(number);
    const { folder, record, sound, options, catalog } = this.#prepared;
    const { kind, bytes } = this.#spoil(random);
    await writeFile(join(folder, record.name), bytes);
    const isSame = bytes.equals(sound);
    const threadModule = number % 50 === 0 ? { threadModule: workerModule } : {};
    const index = await HnswIndex.open({ ...options, ...threadModule });
    try {
      const wasRead = index.size > 0;
      if (wasRead !== isSame)
        return { kind, violation: `${kind}: ${wasRead ? 'was read' : 'a sound file was refused'}` };
      await followCatalog(index, catalog);
      await index.settled();
      const wrong = await this.#wrongAnswer(index, random);
      return wrong === undefined ? { kind } : { kind, violation: `${kind}: ${wrong}` };
    } finally {
      await index.close();
    }
  }

  async close(): Promise<string[]> {
    await this.#prepared.catalog.close();
    await rm(this.#prepared.folder, { recursive: true });
    return [];
  }

  #spoil(random: () => number): { kind: string; bytes: Buffer } {
    const strangers = Object.entries(this.#prepared.strangers);
    const chosen = strangers[Math.floor(random() * strangers.length * 8)];
    if (chosen === undefined) return damageBytes(this.#prepared.sound, random);
    return { kind: chosen[0], bytes: chosen[1] };
  }

  async #wrongAnswer(index: HnswIndex, random: () => number): Promise<string | undefined> {
    for (let query = 0; query < QUERIES; query++) {
      const vector = randomVector(DIMENSION, random);
      const found = await index.search(vector, NEAREST);
      const expected = await this.#prepared.oracle.search(vector, NEAREST);
      const differs = expected.some(
        ({ clipId, score }, rank) =>
          found[rank]?.clipId !== clipId || Math.abs(found[rank].score - score) > 1e-5,
      );
      if (differs) return `found ${JSON.stringify(found)} where ${JSON.stringify(expected)} are nearest`;
    }
    return undefined;
  }
}

const workerModule = new URL('../../src/index-worker.ts', import.meta.url);
