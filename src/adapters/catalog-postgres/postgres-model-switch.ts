import { and, asc, count, eq, gt, inArray, not, type SQL, sql } from 'drizzle-orm';
import type { Video } from '../../domain/video.js';
import type { NewClip } from '../../ports/catalog.js';
import type { ActiveModel, ModelSwitch, ReembedProgress } from '../../ports/model-switch.js';
import { verifyClip } from '../catalog-parts/clip-content.js';
import { readActiveModel, writeActiveModel } from './active-model.js';
import { touched } from './job-transitions.js';
import { lock } from './locks.js';
import type { PostgresDatabase } from './postgres-database.js';
import { clips, videos } from './schema/videos.js';
import { dropVectorTable } from './vector-table.js';
import { videoColumns } from './video-rows.js';
import { insertClips } from './video-writes.js';

/** Clips removed in one go, so that no transaction is long. */
const REMOVED_AT_ONCE = 1000;

/** The change from one model to another in a library's Postgres database. */
export class PostgresModelSwitch implements ModelSwitch {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  active(): Promise<ActiveModel | undefined> {
    return this.#database.run(readActiveModel);
  }

  progress(fingerprint: string): Promise<ReembedProgress> {
    return this.#database.run(async (database) => {
      const number = async (condition: SQL | undefined) => {
        const [row] = await database.select({ number: count() }).from(videos).where(condition);
        return row?.number ?? 0;
      };
      const ready = eq(videos.status, 'ready');
      return { done: await number(and(ready, hasClipsOf(fingerprint))), total: await number(ready) };
    });
  }

  async nextWithout(fingerprint: string, afterVideoId?: string): Promise<Video | undefined> {
    const after =
      afterVideoId === undefined
        ? undefined
        : gt(videos.sequence, sql`coalesce((select sequence from videos where id = ${afterVideoId}), 0)`);
    const [next] = await this.#database.run((database) =>
      database
        .select(videoColumns)
        .from(videos)
        .where(and(eq(videos.status, 'ready'), not(hasClipsOf(fingerprint)), after))
        .orderBy(asc(videos.sequence))
        .limit(1),
    );
    return next;
  }

  addClips(videoId: string, newClips: readonly NewClip[], fingerprint: string): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const found = await transaction
        .select({ id: videos.id })
        .from(videos)
        .where(eq(videos.id, videoId))
        .for('no key update');
      if (found.length === 0) return false;
      const lacking = and(eq(videos.id, videoId), not(hasClipsOf(fingerprint)));
      if ((await transaction.select({ id: videos.id }).from(videos).where(lacking)).length === 0)
        return false;
      await lock(transaction, 'clips');
      await insertClips(transaction, videoId, newClips, fingerprint);
      return true;
    });
  }

  activate(model: ActiveModel, unreadable: readonly string[]): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      // Nobody stores clips of the old model meanwhile.
      await lock(transaction, 'clips');
      const lacking = and(eq(videos.status, 'ready'), not(hasClipsOf(model.fingerprint)));
      const lackingVideos = await transaction.select({ id: videos.id }).from(videos).where(lacking);
      const lackingIds = lackingVideos.map(({ id }) => id);
      if (lackingIds.some((id) => !unreadable.includes(id))) return false;
      await transaction
        .update(videos)
        .set({ status: 'failed', ...touched() })
        .where(inArray(videos.id, lackingIds));
      await writeActiveModel(transaction, model);
      return true;
    });
  }

  others(): Promise<string[]> {
    return this.#database.run(async (database) => {
      const active = (await readActiveModel(database))?.fingerprint;
      const found: string[] = [];
      // One step of the index a model; DISTINCT would walk every clip.
      for (;;) {
        const [next] = await database
          .select({ fingerprint: clips.modelFingerprint })
          .from(clips)
          .where(gt(clips.modelFingerprint, found.at(-1) ?? ''))
          .orderBy(asc(clips.modelFingerprint))
          .limit(1);
        if (next === undefined) return found.filter((fingerprint) => fingerprint !== active);
        found.push(next.fingerprint);
      }
    });
  }

  async remove(fingerprint: string): Promise<string[]> {
    let removed = 0;
    do {
      removed = await this.#database.transaction(async (transaction) => {
        if ((await readActiveModel(transaction))?.fingerprint === fingerprint) return 0;
        const rows = await transaction
          .select()
          .from(clips)
          .where(eq(clips.modelFingerprint, fingerprint))
          .limit(REMOVED_AT_ONCE);
        // A clip that seems to be of another model because its row was damaged is not thrown away unseen.
        rows.forEach(verifyClip);
        const ids = rows.map(({ id }) => id);
        await transaction.delete(clips).where(inArray(clips.id, ids));
        return ids.length;
      });
    } while (removed > 0);
    await this.#database.transaction(async (transaction) => {
      if ((await readActiveModel(transaction))?.fingerprint === fingerprint) return;
      await dropVectorTable(transaction, fingerprint);
    });
    // There are no files.
    return [];
  }
}

/** A condition on videos. */
function hasClipsOf(fingerprint: string): SQL {
  return sql`exists (select 1 from clips where clips.video_id = ${videos.id} and clips.model_fingerprint = ${fingerprint})`;
}
