import { eq, inArray } from 'drizzle-orm';
import type { Caption, CaptionStore } from '../../ports/caption-store.js';
import type { PostgresDatabase } from './postgres-database.js';
import { captions } from './schema/answers.js';
import { clips } from './schema/videos.js';

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

  saveCaption({ clipId, text, model, createdAtMs }: Caption): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const [clip] = await transaction
        .select({ id: clips.id })
        .from(clips)
        .where(eq(clips.id, clipId))
        .for('key share');
      if (clip === undefined) return false;
      const content = { text, model, createdAtMs };
      await transaction
        .insert(captions)
        .values({ clipId, ...content })
        .onConflictDoUpdate({ target: captions.clipId, set: content });
      return true;
    });
  }
}
