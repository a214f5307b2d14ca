import { eq, sql } from 'drizzle-orm';
import type { Caption, CaptionStore } from '../../ports/caption-store.js';
import type { LibraryDatabase, Transaction } from './library-database.js';
import { captions } from './schema/answers.js';
import { clips } from './schema/videos.js';
import type { SqliteRunner } from './sqlite-runner.js';

/** Captions of clips, from whatever speaks SQLite. */
export async function captionsOf(runner: SqliteRunner, clipIds: readonly number[]): Promise<Caption[]> {
  return runner.run((database) =>
    database
      .select()
      .from(captions)
      // One parameter, however many ids there are.
      .where(sql`${captions.clipId} in (select value from json_each(${JSON.stringify(clipIds)}))`)
      .all(),
  );
}

/** Captions in the database of the library. */
export class SqliteCaptions implements CaptionStore {
  readonly #database: LibraryDatabase;

  constructor(database: LibraryDatabase) {
    this.#database = database;
  }

  async captionsOf(clipIds: readonly number[]): Promise<Caption[]> {
    return captionsOf(this.#database, clipIds);
  }

  async saveCaption(caption: Caption): Promise<boolean> {
    return this.#database.transaction((transaction) => save(transaction, caption));
  }

  async saveCaptions(captions: readonly Caption[]): Promise<void> {
    this.#database.transaction((transaction) => {
      for (const caption of captions) save(transaction, caption);
    });
  }
}

/** @returns false, and stores nothing, when there is no such clip. */
function save(transaction: Transaction, { clipId, text, model, createdAtMs }: Caption): boolean {
  const clip = transaction.select({ id: clips.id }).from(clips).where(eq(clips.id, clipId)).get();
  if (clip === undefined) return false;
  const content = { text, model, createdAtMs };
  transaction
    .insert(captions)
    .values({ clipId, ...content })
    .onConflictDoUpdate({ target: captions.clipId, set: content })
    .run();
  return true;
}
