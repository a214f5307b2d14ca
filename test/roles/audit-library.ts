import { join } from 'node:path';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { PostgresCatalog } from '../../src/adapters/catalog-postgres/postgres-catalog.js';
import type { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';
import { findStrayFiles } from '../../src/app/videos/stray-files.js';
import { BLOB_FOLDER } from '../../src/composition/open-blobs.js';

/** A clip as the database has it, with the bytes of its vector in hex. */
export interface ClipRow {
  id: number;
  title: string;
  startSeconds: number;
  endSeconds: number;
  vector: string;
}

export interface LibraryAudit {
  wrong: string[];
  /** By video in the order of the film. */
  clips: ClipRow[];
  /** Files that no video names, which a killed process left: nothing removes them while others may be writing. */
  strayFiles: number;
}

/** What must not be in a library on which nobody has anything under way, each with a name and the query that counts it. */
const FORBIDDEN = {
  'videos that are not ready': `select count(*) from videos where status <> 'ready'`,
  'jobs that have not ended': `select count(*) from jobs where state in ('queued', 'running')`,
  'jobs that ended badly': `select count(*) from jobs where state not in ('queued', 'running', 'succeeded')`,
  'jobs of videos that are gone': `select count(*) from jobs
    where video_id is not null and not exists (select from videos where id = jobs.video_id)`,
  'ready videos without clips': `select count(*) from videos where not exists (select from clips where video_id = videos.id)`,
  'clips that are there twice': `select count(*) from (
    select from clips group by video_id, model_fingerprint, start_seconds, end_seconds having count(*) > 1) twice`,
  'models of vectors beside the one that is searched': 'select count(*) - 1 as count from clip_indexes',
};

/** Looks at the rows and the files themselves, past the service. */
export async function auditLibrary(database: PostgresDatabase, dataFolder: string): Promise<LibraryAudit> {
  const wrong: string[] = [];
  const clips = await database.withConnection(async (client) => {
    const counted = async (what: string, query: string) => {
      const { rows } = await client.query<{ count: string }>(query);
      if (rows[0]!.count !== '0') wrong.push(`${rows[0]!.count} ${what}`);
    };
    for (const [what, query] of Object.entries(FORBIDDEN)) await counted(what, query);
    const indexes = await client.query<{ name: string }>('select name from clip_indexes');
    for (const { name } of indexes.rows) {
      await counted(
        'clips without their vector, or vectors without their clip',
        `select count(*) from clips full join ${name} near on near.clip_id = clips.id
         where clips.id is null or near.clip_id is null`,
      );
    }
    const { rows } = await client.query<ClipRow>(
      `select clips.id::int as id, title, start_seconds as "startSeconds", end_seconds as "endSeconds",
         encode(vector, 'hex') as vector
       from clips join videos on videos.id = clips.video_id order by title, start_seconds, end_seconds`,
    );
    return rows;
  });
  const blobs = new BlobFiles(join(dataFolder, BLOB_FOLDER));
  const { missing, withoutVideo } = await findStrayFiles(new PostgresCatalog(database), blobs);
  if (missing.length > 0) wrong.push(`stored files that are gone: ${missing.join(', ')}`);
  return { wrong, clips, strayFiles: withoutVideo.length };
}
