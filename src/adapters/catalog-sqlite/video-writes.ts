import { and, asc, eq, inArray, ne, notExists, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { MediaFacts, Video, VideoDescription } from '../../domain/video.js';
import type {
  DeletedVideo,
  ListedVideo,
  NewClip,
  NewVideo,
  ProcessingJob,
  Registration,
} from '../../ports/catalog.js';
import { clipChecksum, vectorToBlob } from '../catalog-parts/clip-content.js';
import { assertActiveModel } from './active-model.js';
import {
  activeJobOfVideo,
  assignVideo,
  earlierAnswer,
  insertJob,
  lastJobOfVideo,
  rememberRequest,
} from './job-rows.js';
import { touched } from './job-transitions.js';
import type { Transaction } from './library-database.js';
import { conversations, conversationTurns, turnVideos } from './schema/answers.js';
import { jobs } from './schema/jobs.js';
import { clips, videos } from './schema/videos.js';
import { listedVideoColumns, videoColumns } from './video-rows.js';

export function addVideo(
  transaction: Transaction,
  video: Video,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): boolean {
  const added = transaction
    .insert(videos)
    .values(video)
    .onConflictDoNothing({ target: videos.contentHash })
    .run();
  if (added.changes > 0) {
    assertActiveModel(transaction, modelFingerprint);
    insertClips(transaction, video.id, newClips, modelFingerprint);
    return true;
  }
  const known = findByContentHash(transaction, video.contentHash);
  const { container, codec, width, height, durationSeconds, frameCount } = video;
  const facts = { container, codec, width, height, durationSeconds, frameCount } as MediaFacts;
  return known !== undefined && completeVideo(transaction, known.id, facts, newClips, modelFingerprint);
}

export function registerVideo(transaction: Transaction, video: NewVideo, job: ProcessingJob): Registration {
  const earlier = 'enqueue' in job ? earlierAnswer(transaction, job.enqueue) : undefined;
  if (earlier?.videoId) return { video: getVideo(transaction, earlier.videoId)!, job: earlier.job };

  const nowMs = Date.now();
  const created = transaction
    .insert(videos)
    .values({ ...video, status: 'processing', createdAtMs: nowMs, updatedAtMs: nowMs })
    .onConflictDoNothing({ target: videos.contentHash })
    .returning(videoColumns)
    .get();
  if (created !== undefined) return { video: created, job: takeUp(transaction, created.id, job) };

  const known = findByContentHash(transaction, video.contentHash)!;
  const working = activeJobOfVideo(transaction, known.id);
  if (known.status === 'ready' || working !== undefined) {
    const answer = working ?? lastJobOfVideo(transaction, known.id);
    if ('enqueue' in job && earlier === undefined) {
      rememberRequest(transaction, job.enqueue, answer ? { jobId: answer.id } : { videoId: known.id });
    }
    return { video: known, job: answer };
  }
  transaction
    .update(videos)
    .set({ status: 'processing', ...touched() })
    .where(eq(videos.id, known.id))
    .run();
  return { video: getVideo(transaction, known.id)!, job: takeUp(transaction, known.id, job) };
}

function takeUp(transaction: Transaction, videoId: string, job: ProcessingJob): Job | undefined {
  if ('jobId' in job) return assignVideo(transaction, job.jobId, videoId);
  return insertJob(transaction, job.enqueue, videoId);
}

export function completeVideo(
  transaction: Transaction,
  videoId: string,
  facts: MediaFacts,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): boolean {
  const completed = transaction
    .update(videos)
    .set({ ...facts, status: 'ready', ...touched() })
    .where(and(eq(videos.id, videoId), ne(videos.status, 'ready')))
    .run();
  if (completed.changes === 0) return false;
  assertActiveModel(transaction, modelFingerprint);
  insertClips(transaction, videoId, newClips, modelFingerprint);
  return true;
}

export function updateVideo(
  transaction: Transaction,
  videoId: string,
  { title, description, tags, metadata }: Partial<VideoDescription>,
  ifRevision?: number,
): ListedVideo | undefined {
  const found = transaction
    .select({ revision: videos.revision })
    .from(videos)
    .where(eq(videos.id, videoId))
    .get();
  if (found === undefined) return undefined;
  if (ifRevision !== undefined && found.revision !== ifRevision) {
    throw new AppError(
      'precondition-failed',
      `The video was changed meanwhile: it is of revision ${found.revision}, not ${ifRevision}.`,
      { hint: 'Get it again, and send your change with the ETag it has now.' },
    );
  }
  transaction
    .update(videos)
    .set({ title, description, tags, metadata, ...touched() })
    .where(eq(videos.id, videoId))
    .run();
  return transaction.select(listedVideoColumns).from(videos).where(eq(videos.id, videoId)).get();
}

export function deleteVideo(transaction: Transaction, videoId: string): DeletedVideo | undefined {
  const video = getVideo(transaction, videoId);
  if (video === undefined) return undefined;
  const clipRows = transaction
    .select({ id: clips.id })
    .from(clips)
    .where(eq(clips.videoId, videoId))
    .orderBy(asc(clips.id))
    .all();
  forgetAnswers(transaction, videoId);
  // Clips and messages go with the video, events and idempotency keys with the jobs.
  transaction.delete(videos).where(eq(videos.id, videoId)).run();
  transaction.delete(jobs).where(eq(jobs.videoId, videoId)).run();
  return { video, clipIds: clipRows.map(({ id }) => id) };
}

/** What was said about a video in conversations about the whole library; those about the video go with it. */
function forgetAnswers(transaction: Transaction, videoId: string): void {
  const { sequence, conversationId } = conversationTurns;
  const ofVideo = transaction
    .select({ turn: turnVideos.turn })
    .from(turnVideos)
    .where(eq(turnVideos.videoId, videoId));
  const forgotten = transaction
    .delete(conversationTurns)
    .where(inArray(sequence, ofVideo))
    .returning({ conversationId })
    .all();
  for (const id of new Set(forgotten.map((turn) => turn.conversationId))) {
    const turns = transaction.select({ sequence }).from(conversationTurns).where(eq(conversationId, id));
    transaction
      .delete(conversations)
      .where(and(eq(conversations.id, id), notExists(turns)))
      .run();
  }
}

function getVideo(transaction: Transaction, videoId: string): Video | undefined {
  return transaction.select(videoColumns).from(videos).where(eq(videos.id, videoId)).get();
}

export function findByContentHash(transaction: Transaction, contentHash: string): Video | undefined {
  return transaction.select(videoColumns).from(videos).where(eq(videos.contentHash, contentHash)).get();
}

export function insertClips(
  transaction: Transaction,
  videoId: string,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): void {
  // Prepared once: a video of some hours has thousands, and meanwhile nothing else is answered.
  const insert = transaction
    .insert(clips)
    .values({
      videoId,
      modelFingerprint,
      startSeconds: sql.placeholder('startSeconds'),
      endSeconds: sql.placeholder('endSeconds'),
      vector: sql.placeholder('vector'),
      checksum: sql.placeholder('checksum'),
    })
    .prepare();
  for (const { startSeconds, endSeconds, vector } of newClips) {
    const content = { videoId, startSeconds, endSeconds, modelFingerprint, vector: vectorToBlob(vector) };
    insert.run({ ...content, checksum: clipChecksum(content) });
  }
}
