import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { inspectDatabase } from '../../src/adapters/catalog-sqlite/inspect-database.js';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { AppError } from '../../src/domain/errors.js';
import { seededRandom } from '../support/seeded-random.js';
import type { Campaign, OpenCampaign, Outcome } from './campaign.js';
import { addVideos } from './filled-catalog.js';

/** Two rows fill a page, so that most bits of the file say something. */
const DIMENSION = 448;
const CHECKPOINTED_VIDEOS = 40;
const VIDEOS = 60;
const FINGERPRINT = 'model';
/** Of the two files of a database, the log gets this share of the flips. */
const LOG_SHARE = 0.35;

/**
 * One bit of a library's database is flipped, anywhere in its file or its write-ahead log. `videre doctor --deep` finds it, or
 * nothing that decides an answer has changed; and no vector that was changed gets as far as an index, found or not.
 */
export const databaseFlips: Campaign = {
  cases: { full: 1000, sample: 40 },
  atOnce: 1,
  open: async () => new DatabaseFlips(await prepare()),
};

interface Prepared {
  folder: string;
  /** As a process leaves them that is killed: the newest videos are in the log only. */
  file: Buffer;
  log: Buffer;
  /** What is stored of every clip, by id. */
  clips: ReadonlyMap<number, string>;
  /** Rows of every table but clips, as text. */
  rest: ReadonlyMap<string, string>;
}

async function prepare(): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-faults-database-'));
  const path = join(folder, 'videre.sqlite');
  const database = new LibraryDatabase(path);
  const catalog = new SqliteCatalog(database, FINGERPRINT);
  await addVideos(catalog, FINGERPRINT, DIMENSION, 0, CHECKPOINTED_VIDEOS);
  database.run(({ $client }) => $client.pragma('wal_checkpoint(TRUNCATE)'));
  await addVideos(catalog, FINGERPRINT, DIMENSION, CHECKPOINTED_VIDEOS, VIDEOS);
  const [file, log] = await Promise.all([readFile(path), readFile(`${path}-wal`)]);
  await catalog.close();
  return { folder, file, log, clips: clipsIn(path), rest: restIn(path) };
}

function clipsIn(path: string): Map<number, string> {
  return read(path, (database) => {
    const rows = database.prepare('select * from clips').all() as {
      id: number;
      vector: Buffer;
      checksum: Buffer;
    }[];
    return new Map(rows.map((row) => [row.id, JSON.stringify(row)]));
  });
}

function restIn(path: string): Map<string, string> {
  return read(path, (database) => {
    const names = database
      .prepare("select name from sqlite_master where type = 'table' and name <> 'clips'")
      .pluck()
      .all() as string[];
    return new Map(
      names.map((name) => [name, JSON.stringify(database.prepare(`select * from "${name}"`).all())]),
    );
  });
}

function read<Result>(path: string, work: (database: Database.Database) => Result): Result {
  const database = new Database(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

class DatabaseFlips implements OpenCampaign {
  readonly #prepared: Prepared;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  async run(number: number): Promise<Outcome> {
    const random = seededRandom(number);
    const folder = await mkdtemp(join(this.#prepared.folder, 'case-'));
    const path = join(folder, 'videre.sqlite');
    const place = random() < LOG_SHARE ? 'log' : 'file';
    const damaged = Buffer.from(this.#prepared[place]);
    const at = Math.floor(random() * damaged.length);
    damaged[at]! ^= 1 << Math.floor(random() * 8);
    const write = async (to: string) => {
      await writeFile(to, place === 'file' ? damaged : this.#prepared.file);
      await writeFile(`${to}-wal`, place === 'log' ? damaged : this.#prepared.log);
    };
    try {
      await write(path);
      const found = await complaint(() => inspectDatabase(path, true));
      // Anew: what looks into a database may have moved its log into it.
      await rm(`${path}-shm`, { force: true });
      await write(path);
      const built = await this.#buildsWrong(path);
      const where = `bit in byte ${at} of the ${place}`;
      if (built !== undefined) return { kind: 'wrong', violation: `${where}: ${built}` };
      if (found !== undefined) {
        return found instanceof AppError
          ? { kind: `${place}: found` }
          : { kind: 'untyped', violation: `${where}: ${found}` };
      }
      const unseen = this.#changed(path);
      const isGrave = unseen === 'clips';
      const kind = `${place}: ${unseen === undefined ? 'nothing has changed' : `not found, ${unseen}`}`;
      return isGrave
        ? { kind, violation: `${where}: clips differ and doctor --deep said nothing` }
        : { kind };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async close(): Promise<string[]> {
    await rm(this.#prepared.folder, { recursive: true });
    return [];
  }

  /** What an index would be built of: @returns what is wrong with it. */
  async #buildsWrong(path: string): Promise<string | undefined> {
    const truth = this.#prepared.clips;
    try {
      const told: unknown[] = [];
      const catalog = new SqliteCatalog(new LibraryDatabase(path), FINGERPRINT, (fault) => told.push(fault));
      try {
        for await (const batch of catalog.vectorsAfter(0, 'pass-over')) {
          for (const { clipId, vector } of batch) {
            const known = truth.get(clipId);
            if (known === undefined) return `a clip ${clipId} that never was`;
            const stored = Buffer.from((JSON.parse(known) as { vector: { data: number[] } }).vector.data);
            if (!stored.equals(Buffer.from(vector.buffer))) return `clip ${clipId} has another vector`;
          }
        }
        await catalog.listVideos(VIDEOS);
      } finally {
        await catalog.close();
      }
      return undefined;
    } catch (error) {
      return error instanceof AppError ? undefined : `untyped: ${error}`;
    }
  }

  /** What is stored otherwise than it was, though nobody said so. */
  #changed(path: string): string | undefined {
    const clips = clipsIn(path);
    const isOlder = clips.size < this.#prepared.clips.size;
    for (const [id, row] of clips) if (this.#prepared.clips.get(id) !== row) return 'clips';
    if (isOlder) return 'the log ends at an earlier commit';
    const rest = restIn(path);
    const tables = [...this.#prepared.rest]
      .filter(([name, rows]) => rest.get(name) !== rows)
      .map(([name]) => name);
    return tables.length === 0 ? undefined : `text of ${tables.join(', ')}`;
  }
}

/** What the work throws. */
async function complaint(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}
