import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import {
  type ClipPart,
  type EdgePush,
  type EdgeVideoRow,
  edgeMediaKey,
  type VideoPublication,
} from '../../ports/edge-copy.js';
import { clipChecksum, vectorToBlob } from '../catalog-parts/clip-content.js';
import { quantizeVectors } from '../vector-store/int8-vectors.js';
import { floatBytes, idBytes } from './bytes.js';
import { listed, refuseIf, type Target, upsert, type Value } from './statements.js';

const STAGED_CLIPS: Target = {
  table: 'edge_staged_clips',
  columns: [
    'id',
    'video_id',
    'start_seconds',
    'end_seconds',
    'vector',
    'checksum',
    'caption',
    'caption_model',
    'caption_created_at_ms',
  ],
  key: ['id'],
};

const STAGED_BLOCKS: Target = {
  table: 'edge_staged_blocks',
  columns: ['video_id', 'part', 'clip_ids', 'scales', 'errors', 'codes'],
  key: ['video_id', 'part'],
};

const VIDEOS: Target = {
  table: 'videos',
  columns: [
    'id',
    'sequence',
    'content_hash',
    'status',
    'title',
    'description',
    'tags',
    'metadata',
    'source_path',
    'blob_key',
    'size_bytes',
    'container',
    'codec',
    'width',
    'height',
    'duration_seconds',
    'frame_count',
    'created_at_ms',
    'updated_at_ms',
    'revision',
  ],
  key: ['id'],
};

const PUSHED = { table: 'edge_videos', key: ['video_id'] };
const CHECKSUM: Target = { ...PUSHED, columns: ['video_id', 'checksum'] };
const CHECKSUM_AND_PICTURES: Target = {
  ...PUSHED,
  columns: ['video_id', 'checksum', 'picture_key', 'pictures'],
};

const CLIP_SETS: Target = {
  table: 'edge_clip_sets',
  columns: ['video_id', 'model_fingerprint', 'checksum'],
  key: ['video_id', 'model_fingerprint'],
};

/** Puts clips where nobody sees them. */
export function stage(
  database: D1Database,
  { modelFingerprint }: EdgePush,
  parts: readonly ClipPart[],
): D1PreparedStatement[] {
  const clips = parts.flatMap(({ videoId, clips }) =>
    clips.map(({ id, startSeconds, endSeconds, vector: given, caption }): Value[] => {
      const vector = vectorToBlob(given);
      const checksum = clipChecksum({ videoId, startSeconds, endSeconds, modelFingerprint, vector });
      const told = caption ? [caption.text, caption.model, caption.createdAtMs] : [null, null, null];
      return [id, videoId, startSeconds, endSeconds, vector, checksum, ...told];
    }),
  );
  const blocks = parts.map(({ videoId, part, clips }): Value[] => {
    const { scales, errors, codes } = quantizeVectors(clips.map(({ vector }) => vector));
    const ids = idBytes(clips.map(({ id }) => id));
    return [videoId, part, ids, floatBytes(scales), floatBytes(errors), new Uint8Array(codes.buffer)];
  });
  return [...upsert(database, STAGED_CLIPS, clips), ...upsert(database, STAGED_BLOCKS, blocks)];
}

/** What people say about videos. */
export function publishRows(
  database: D1Database,
  publications: readonly VideoPublication[],
): D1PreparedStatement[] {
  const about = publications.flatMap(({ id, about }) => (about === undefined ? [] : [{ id, ...about }]));
  const rows = about.map(({ id, row }) => videoValues(id, row));
  const same = about.filter(({ pictures }) => pictures === undefined);
  const other = about.filter(({ pictures }) => pictures !== undefined);
  return [
    ...upsert(database, VIDEOS, rows),
    ...upsert(
      database,
      CHECKSUM,
      same.map(({ id, checksum }) => [id, checksum]),
    ),
    ...upsert(
      database,
      CHECKSUM_AND_PICTURES,
      other.map(({ id, checksum, pictures }) => [
        id,
        checksum,
        pictures?.key ?? null,
        JSON.stringify(pictures?.index ?? []),
      ]),
    ),
  ];
}

function videoValues(id: string, row: EdgeVideoRow): Value[] {
  return [
    id,
    row.sequence,
    row.contentHash,
    'ready',
    row.title,
    row.description,
    JSON.stringify(row.tags),
    JSON.stringify(row.metadata),
    row.sourcePath,
    edgeMediaKey(row.contentHash),
    row.sizeBytes,
    row.container,
    row.codec,
    row.width,
    row.height,
    row.durationSeconds,
    row.frameCount,
    row.createdAtMs,
    row.updatedAtMs,
    row.revision,
  ];
}

/** All clips of videos at once, out of where they were staged. */
export function publishClips(
  database: D1Database,
  { modelFingerprint }: EdgePush,
  publications: readonly VideoPublication[],
): D1PreparedStatement[] {
  const sets = publications.flatMap(({ id, clips }) => (clips === undefined ? [] : [{ id, ...clips }]));
  if (sets.length === 0) return [];
  const ids = listed(sets.map(({ id }) => id));
  const ofThem = 'video_id in (select value from json_each(?1))';
  const run = (query: string) => database.prepare(query).bind(ids);
  const runForModel = (query: string) => database.prepare(query).bind(ids, modelFingerprint);
  return [
    refuseIf(
      database,
      `select 1 from json_each(?) as wanted where json_extract(wanted.value, '$[1]') <>
        (select count(*) from edge_staged_blocks where video_id = json_extract(wanted.value, '$[0]'))`,
      JSON.stringify(sets.map(({ id, parts }) => [id, parts])),
    ),
    runForModel(
      `delete from captions where clip_id in
        (select id from clips where ${ofThem} and model_fingerprint = ?2)`,
    ),
    runForModel(
      `delete from clips where ${ofThem} and model_fingerprint = ?2
        and id not in (select id from edge_staged_clips where ${ofThem})`,
    ),
    runForModel(
      `insert into clips (id, video_id, start_seconds, end_seconds, model_fingerprint, vector, checksum)
        select id, video_id, start_seconds, end_seconds, ?2, vector, checksum
        from edge_staged_clips where ${ofThem} order by id
        on conflict (id) do update set start_seconds = excluded.start_seconds, end_seconds = excluded.end_seconds,
          model_fingerprint = excluded.model_fingerprint, vector = excluded.vector, checksum = excluded.checksum
        where clips.checksum <> excluded.checksum`,
    ),
    run(
      `insert into captions (clip_id, text, model, created_at_ms)
        select id, caption, caption_model, caption_created_at_ms
        from edge_staged_clips where ${ofThem} and caption is not null`,
    ),
    runForModel(`delete from edge_vector_blocks where ${ofThem} and model_fingerprint = ?2`),
    runForModel(
      `insert into edge_vector_blocks (video_id, model_fingerprint, clip_ids, scales, errors, codes)
        select video_id, ?2, clip_ids, scales, errors, codes
        from edge_staged_blocks where ${ofThem} order by video_id, part`,
    ),
    run(`delete from edge_staged_clips where ${ofThem}`),
    run(`delete from edge_staged_blocks where ${ofThem}`),
    ...upsert(
      database,
      CLIP_SETS,
      sets.map(({ id, checksum }) => [id, modelFingerprint, checksum]),
    ),
  ];
}
