import { and, asc, count, eq, gt, inArray, not, type SQL, sql } from 'drizzle-orm';
import type { Video } from '../../domain/video.js';
import type { NewClip } from '../../ports/catalog.js';
import type { ActiveModel, ModelSwitch, ReembedProgress } from '../../ports/model-switch.js';
import { verifyClip } from '../catalog-parts/clip-content.js';
import { readActiveModel, writeActiveModel } from './active-model.js';
import { touched } from './job-transitions.js';
import type { LibraryDatabase } from './library-database.js';
import { indexFiles } from './schema/index-files.js';
import { clips, videos } from './schema/videos.js';
import { videoColumns } from './video-rows.js';
import { insertClips } from './video-writes.js';

/** Clips removed in one go: requests get their turn between. */
const REMOVED_AT_ONCE = 1000;

/** The change from one model to another in a library's SQLite file. */
export class SqliteModelSwitch implements ModelSwitch {
  readonly #database: LibraryDatabase;

  constructor(database: LibraryDatabase) {
    this.#database = database;
  }

  async active(): Promise<ActiveModel | undefined> {
    return this.#database.run(readActiveModel);
  }

  async progress(fingerprint: string): Promise<ReembedProgress> {
    return this.#database.run((database) => {
      const number = (condition: SQL | undefined) =>
        database.select({ number: count() }).from(videos).where(condition).get()?.number ?? 0;
      const ready = eq(videos.status, 'ready');
      return { done: number(and(ready, hasClipsOf(fingerprint))), total: number(ready) };
    });
  }

  async nextWithout(fingerprint: string, afterVideoId?: string): Promise<Video | undefined> {
    return this.#database.run((database) => {
      const after =
        afterVideoId === undefined
          ? undefined
          : gt(videos.sequence, sql`coalesce((select sequence from videos where id = ${afterVideoId}), 0)`);
      return database
        .select(videoColumns)
        .from(videos)
        .where(and(eq(videos.status, 'ready'), not(hasClipsOf(fingerprint)), after))
        .orderBy(asc(videos.sequence))
        .limit(1)
        .get();
    });
  }

  async addClips(videoId: string, newClips: readonly NewClip[], fingerprint: string): Promise<boolean> {
    return this.#database.transaction((transaction) => {
      const lacking = and(eq(videos.id, videoId), not(hasClipsOf(fingerprint)));
      if (transaction.select({ id: videos.id }).from(videos).where(lacking).get() === undefined) return false;
      insertClips(transaction, videoId, newClips, fingerprint);
      return true;
    });
  }

  async activate(model: ActiveModel, unreadable: readonly string[]): Promise<boolean> {
    return this.#database.transaction((transaction) => {
      const lacking = and(eq(videos.status, 'ready'), not(hasClipsOf(model.fingerprint)));
      const lackingIds = transaction.select({ id: videos.id }).from(videos).where(lacking).all();
      if (lackingIds.some(({ id }) => !unreadable.includes(id))) return false;
      transaction
        .update(videos)
        .set({ status: 'failed', ...touched() })
        .where(inArray(videos.id, [...lackingIds.map(({ id }) => id)]))
        .run();
      writeActiveModel(transaction, model);
      return true;
    });
  }

  async others(): Promise<string[]> {
    return this.#database.run((database) => {
      const active = readActiveModel(database)?.fingerprint;
      const found: string[] = [];
      // One step of the index a model; DISTINCT would walk every clip.
      for (;;) {
        const next = database
          .select({ fingerprint: clips.modelFingerprint })
          .from(clips)
          .where(gt(clips.modelFingerprint, found.at(-1) ?? ''))
          .orderBy(asc(clips.modelFingerprint))
          .limit(1)
          .get();
        if (next === undefined) return found.filter((fingerprint) => fingerprint !== active);
        found.push(next.fingerprint);
      }
    });
  }

  async remove(fingerprint: string): Promise<string[]> {
    for (;;) {
      const removed = this.#database.transaction((transaction) => {
        if (readActiveModel(transaction)?.fingerprint === fingerprint) return 0;
        const rows = transaction
          .select()
          .from(clips)
          .where(eq(clips.modelFingerprint, fingerprint))
          .limit(REMOVED_AT_ONCE)
          .all();
        // A clip that seems to be of another model because its row was damaged is not thrown away unseen.
        rows.forEach(verifyClip);
        const ids = rows.map(({ id }) => id);
        return transaction.delete(clips).where(inArray(clips.id, ids)).run().changes;
      });
      if (removed === 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.#database.transaction((transaction) => {
      if (readActiveModel(transaction)?.fingerprint === fingerprint) return [];
      const ofModel = eq(indexFiles.modelFingerprint, fingerprint);
      const rows = transaction.delete(indexFiles).where(ofModel).returning({ name: indexFiles.name }).all();
      return rows.map(({ name }) => name);
    });
  }
}

/** A condition on videos. */
function hasClipsOf(fingerprint: string): SQL {
  return sql`exists (select 1 from clips where clips.video_id = ${videos.id} and clips.model_fingerprint = ${fingerprint})`;
}
