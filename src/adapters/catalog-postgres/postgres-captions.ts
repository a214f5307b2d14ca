import { inArray, sql } from 'drizzle-orm';
import type { Caption, CaptionStore } from '../../ports/caption-store.js';
import type { PostgresDatabase } from './postgres-database.js';
import { captions } from './schema/answers.js';
import { clips } from './schema/videos.js';

/** A statement takes 65,535 parameters; a row has four. */
const ROWS_AT_ONCE = 1000;

/** The row that could not be inserted takes the place of the one there was. */
const NEWEST = {
  text: sql`excluded.text`,
  model: sql`excluded.model`,
  createdAtMs: sql.raw(`excluded.${captions.createdAtMs.name}`),
};

/** Captions in the database of the library. */
export class PostgresCaptions implements CaptionStore {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  captionsOf(clipIds: readonly number[]): Promise<Caption[]> {
    return this.#database.run((database) =>
      database
        .select()
        .from(captions)
        .where(inArray(captions.clipId, [...clipIds])),
    );
  }

  async saveCaption(caption: Caption): Promise<boolean> {
    return (await this.#save([caption])) === 1;
  }

  async saveCaptions(captions: readonly Caption[]): Promise<void> {
    await this.#save(captions);
  }

  /** @returns how many of them have a clip, and are stored. */
  #save(given: readonly Caption[]): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      let stored = 0;
      for (let first = 0; first < given.length; first += ROWS_AT_ONCE) {
        const rows = given.slice(first, first + ROWS_AT_ONCE);
        const ids = rows.map(({ clipId }) => clipId);
        const there = await transaction
          .select({ id: clips.id })
          .from(clips)
          .where(inArray(clips.id, ids))
          .for('key share');
        const found = new Set(there.map(({ id }) => id));
        const kept = rows.filter(({ clipId }) => found.has(clipId));
        if (kept.length === 0) continue;
        await transaction
          .insert(captions)
          .values(kept)
          .onConflictDoUpdate({ target: captions.clipId, set: NEWEST });
        stored += kept.length;
      }
      return stored;
    });
  }
}
