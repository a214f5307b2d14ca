import type { D1Database, D1PreparedStatement, R2Bucket, Vectorize } from '@cloudflare/workers-types';
import { AppError } from '../../domain/errors.js';
import type { StoredApiKey } from '../../ports/api-keys.js';
import {
  type ClipPart,
  EDGE_WRITE_CLIPS,
  EDGE_WRITE_VIDEOS,
  type EdgeCopy,
  type EdgeFacts,
  type EdgeFileKind,
  type EdgePush,
  type EdgeWrite,
  edgeMediaKey,
  type FilePart,
  type HeldLibrary,
  type HeldPage,
  type HeldVideo,
} from '../../ports/edge-copy.js';
import { floatBytes } from './bytes.js';
import { FilesInParts } from './files-in-parts.js';
import { publishClips, publishRows, stage } from './publish-statements.js';
import { pushError, superseded } from './push-errors.js';
import { putVerified } from './put-verified.js';
import { fence, listed, raiseVersion, refuseIf, upsert } from './statements.js';

const VIDEOS_A_PAGE = 1000;
const FILES_A_PAGE = 1000;
/** Rows that one statement deletes at most: some hundred milliseconds. */
const CLIPS_A_TIDY = 2000;

/** A copy in D1 and R2, written to inside a Worker. Every change is one batch, which D1 does as a transaction. */
export class D1EdgeCopy implements EdgeCopy {
  readonly #database: D1Database;
  readonly #files: R2Bucket;
  readonly #vectors: Pick<Vectorize, 'upsert'> | undefined;
  readonly #inParts: FilesInParts;

  /** @param vectors has the vectors as well, where there is such an index. */
  constructor(database: D1Database, files: R2Bucket, vectors?: Pick<Vectorize, 'upsert'>) {
    this.#database = database;
    this.#files = files;
    this.#vectors = vectors;
    this.#inParts = new FilesInParts(database, files);
  }

  async held(): Promise<HeldLibrary> {
    const row = await this.#database
      .prepare(
        `select (select count(*) from videos) as videos,
          (select count(*) from clips where model_fingerprint = (select fingerprint from library_models)) as clips,
          (select fingerprint from library_models) as modelFingerprint,
          (select facts_checksum from edge_library) as factsChecksum,
          not exists (select 1 from clips where model_fingerprint <> (select fingerprint from library_models)) as isTidy`,
      )
      .first<{
        videos: number;
        clips: number;
        modelFingerprint: string | null;
        factsChecksum: string | null;
        isTidy: number;
      }>();
    const { videos, clips, modelFingerprint, factsChecksum, isTidy } = row!;
    return {
      videos,
      clips,
      isTidy: isTidy === 1,
      modelFingerprint: modelFingerprint ?? undefined,
      factsChecksum: factsChecksum ?? undefined,
    };
  }

  async heldVideos(modelFingerprint: string, after = ''): Promise<HeldPage<HeldVideo>> {
    const { results } = await this.#database
      .prepare(
        `select videos.id as id, edge_videos.checksum as checksum, picture_key as pictureKey,
          edge_clip_sets.checksum as clipsChecksum
        from videos
        left join edge_videos on edge_videos.video_id = videos.id
        left join edge_clip_sets on edge_clip_sets.video_id = videos.id and model_fingerprint = ?1
        where videos.id > ?2 order by videos.id limit ?3`,
      )
      .bind(modelFingerprint, after, VIDEOS_A_PAGE)
      .all<{
        id: string;
        checksum: string | null;
        pictureKey: string | null;
        clipsChecksum: string | null;
      }>();
    const items = results.map(({ id, checksum, pictureKey, clipsChecksum }) => ({
      id,
      checksum: checksum ?? undefined,
      pictureKey: pictureKey ?? undefined,
      clipsChecksum: clipsChecksum ?? undefined,
    }));
    return { items, next: items.length === VIDEOS_A_PAGE ? items.at(-1)?.id : undefined };
  }

  async heldFiles(kind: EdgeFileKind, after?: string): Promise<HeldPage<string>> {
    const { objects, truncated } = await this.#files.list({
      prefix: `${kind}/`,
      limit: FILES_A_PAGE,
      ...(after === undefined ? {} : { startAfter: after }),
    });
    const items = objects.map(({ key }) => key);
    return { items, next: truncated ? items.at(-1) : undefined };
  }

  async begin(modelFingerprint: string): Promise<EdgePush> {
    const [begun] = await this.#database.batch<{ push: number }>([
      this.#database.prepare(
        `insert into edge_library (id, push, version) values (1, 1, 0)
        on conflict (id) do update set push = push + 1 returning push`,
      ),
      this.#database.prepare('delete from edge_staged_clips'),
      this.#database.prepare('delete from edge_staged_blocks'),
    ]);
    return { number: begun!.results[0]!.push, modelFingerprint };
  }

  async write(push: EdgePush, { parts, publications }: EdgeWrite): Promise<void> {
    const clips = parts.reduce((count, part) => count + part.clips.length, 0);
    if (
      clips > EDGE_WRITE_CLIPS ||
      parts.length > EDGE_WRITE_VIDEOS ||
      publications.length > EDGE_WRITE_VIDEOS
    ) {
      throw new AppError(
        'invalid-input',
        `One write takes ${EDGE_WRITE_CLIPS} clips of ${EDGE_WRITE_VIDEOS} videos, not ${clips} of ${parts.length} and ${publications.length}.`,
      );
    }
    for (const { about } of publications) {
      if (about?.hasFile === true) await this.#assertFile(about.row.contentHash);
    }
    await this.#index(push, parts);
    await this.#change(push, [
      ...stage(this.#database, push, parts),
      ...(publications.length === 0
        ? []
        : [
            ...publishRows(this.#database, publications),
            ...publishClips(this.#database, push, publications),
            raiseVersion(this.#database),
          ]),
    ]);
  }

  /** Before anybody can look for them. What it has of clips that are no more, who searches it passes over. */
  async #index({ modelFingerprint: namespace }: EdgePush, parts: readonly ClipPart[]): Promise<void> {
    const clips = parts.flatMap((part) => part.clips);
    if (clips.length === 0) return;
    await this.#vectors?.upsert(
      clips.map(({ id, vector }) => ({ id: String(id), namespace, values: [...vector] })),
    );
  }

  async removeVideos(push: EdgePush, videoIds: readonly string[]): Promise<void> {
    const ids = listed(videoIds);
    const run = (query: string) => this.#database.prepare(query).bind(ids);
    const ofThem = 'video_id in (select value from json_each(?1))';
    await this.#change(push, [
      // What was said about them in conversations about the whole library; the rest goes with the videos.
      run(`delete from conversation_turns where sequence in (select turn from turn_videos where ${ofThem})`),
      this.#database.prepare(
        'delete from conversations where id not in (select conversation_id from conversation_turns)',
      ),
      run('delete from videos where id in (select value from json_each(?1))'),
      raiseVersion(this.#database),
    ]);
  }

  async putFacts(push: EdgePush, facts: EdgeFacts): Promise<void> {
    const { model, relevance, captions, captionVectors, checksum } = facts;
    await this.#change(push, [
      refuseIf(
        this.#database,
        'select 1 from videos where id not in (select video_id from edge_clip_sets where model_fingerprint = ?)',
        push.modelFingerprint,
      ),
      this.#database
        .prepare(
          `insert into library_models (id, fingerprint) values (1, ?1)
          on conflict (id) do update set fingerprint = excluded.fingerprint, bundle_folder = null`,
        )
        .bind(push.modelFingerprint),
      this.#database
        .prepare(
          `update edge_library set version = version + 1, model = ?1, relevance = ?2, captions = ?3,
            caption_vectors = ?4, facts_checksum = ?5, pushed_at_ms = ?6`,
        )
        .bind(
          JSON.stringify(model),
          JSON.stringify(relevance),
          JSON.stringify(captions),
          floatBytes(captionVectors.flatMap((vector) => [...vector])),
          checksum,
          Date.now(),
        ),
    ]);
  }

  async putFile(push: EdgePush, contentHash: string, bytes: Uint8Array): Promise<void> {
    await this.#assertNewest(push);
    await putVerified(this.#files, edgeMediaKey(contentHash), bytes, contentHash);
  }

  async beginFile(push: EdgePush, contentHash: string): Promise<FilePart[]> {
    await this.#assertNewest(push);
    return this.#inParts.begin(contentHash);
  }

  async putFilePart(push: EdgePush, contentHash: string, part: FilePart, bytes: Uint8Array): Promise<void> {
    await this.#assertNewest(push);
    await this.#inParts.putPart(contentHash, part, bytes);
  }

  async completeFile(push: EdgePush, contentHash: string, parts: number): Promise<void> {
    await this.#assertNewest(push);
    await this.#inParts.complete(contentHash, parts);
  }

  async abandonFile(push: EdgePush, contentHash: string): Promise<void> {
    await this.#assertNewest(push);
    await this.#inParts.abandon(contentHash);
  }

  async putPictures(push: EdgePush, key: string, bytes: Uint8Array, sha256: string): Promise<void> {
    await this.#assertNewest(push);
    await putVerified(this.#files, key, bytes, sha256);
  }

  async removeFiles(push: EdgePush, keys: readonly string[]): Promise<void> {
    await this.#assertNewest(push);
    const { results } = await this.#database
      .prepare(
        `select blob_key as needed from videos where blob_key in (select value from json_each(?1))
        union select picture_key from edge_videos where picture_key in (select value from json_each(?1))`,
      )
      .bind(listed(keys))
      .all<{ needed: string }>();
    const needed = new Set(results.map((row) => row.needed));
    await this.#files.delete(keys.filter((key) => !needed.has(key)));
  }

  async putKeys(push: EdgePush, keys: readonly StoredApiKey[]): Promise<void> {
    await this.#change(push, [
      this.#database
        .prepare('delete from api_keys where id not in (select value from json_each(?))')
        .bind(listed(keys.map(({ id }) => id))),
      ...upsert(
        this.#database,
        {
          table: 'api_keys',
          columns: ['id', 'name', 'scopes', 'secret_hash', 'created_at_ms', 'expires_at_ms', 'revoked_at_ms'],
          key: ['id'],
        },
        keys.map(({ id, name, scopes, secretHash, createdAtMs, expiresAtMs, revokedAtMs }) => [
          id,
          name,
          JSON.stringify(scopes),
          secretHash,
          createdAtMs,
          expiresAtMs ?? null,
          revokedAtMs ?? null,
        ]),
      ),
    ]);
  }

  async tidy(push: EdgePush): Promise<boolean> {
    const ofOthers = 'model_fingerprint <> (select fingerprint from library_models)';
    const [removed] = await this.#change(push, [
      this.#database
        .prepare(`delete from clips where id in (select id from clips where ${ofOthers} limit ?)`)
        .bind(CLIPS_A_TIDY),
      this.#database.prepare(`delete from edge_vector_blocks where ${ofOthers}`),
      this.#database.prepare(`delete from edge_clip_sets where ${ofOthers}`),
    ]);
    return (removed?.meta.changes ?? 0) >= CLIPS_A_TIDY;
  }

  /** All of the statements or none. @returns what each gave. */
  async #change(push: EdgePush, statements: readonly D1PreparedStatement[]) {
    try {
      const [, ...results] = await this.#database.batch([fence(this.#database, push), ...statements]);
      return results;
    } catch (error) {
      throw pushError(error);
    }
  }

  /** For what is no transaction: who came too late hears of it at the next change, too. */
  async #assertNewest({ number }: EdgePush): Promise<void> {
    const newest = await this.#database.prepare('select push from edge_library').first<number>('push');
    if (newest !== number) throw superseded();
  }

  async #assertFile(contentHash: string): Promise<void> {
    if ((await this.#files.head(edgeMediaKey(contentHash))) !== null) return;
    throw new AppError('conflict', `The file ${contentHash} of a video is not there.`, {
      hint: 'Something removes files of the bucket: push again.',
    });
  }
}
