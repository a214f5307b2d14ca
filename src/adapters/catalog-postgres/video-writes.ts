import { and, asc, eq, inArray, ne, notExists } from 'drizzle-orm';
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
import { lock } from './locks.js';
import type { Transaction } from './postgres-database.js';
import { conversations, conversationTurns, turnVideos } from './schema/answers.js';
import { jobs } from './schema/jobs.js';
import { clips, videos } from './schema/videos.js';
import { listedVideoColumns, videoColumns } from './video-rows.js';

/** Clips stored by one statement: far from the 65,535 parameters it may have. */
const CLIPS_AT_ONCE = 500;

export async function addVideo(
  transaction: Transaction,
  video: Video,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): Promise<boolean> {
  const added = await transaction
    .insert(videos)
    .values(video)
    .onConflictDoNothing({ target: videos.contentHash })
    .returning({ id: videos.id });
  if (added.length > 0) {
    await insertActiveClips(transaction, video.id, newClips, modelFingerprint);
    return true;
  }
  const known = await lockContent(transaction, video.contentHash);
  const { container, codec, width, height, durationSeconds, frameCount } = video;
  const facts = { container, codec, width, height, durationSeconds, frameCount } as MediaFacts;
  return (
    known !== undefined && (await completeVideo(transaction, known.id, facts, newClips, modelFingerprint))
  );
}

export async function registerVideo(
  transaction: Transaction,
  video: NewVideo,
  job: ProcessingJob,
): Promise<Registration> {
  const earlier = 'enqueue' in job ? await earlierAnswer(transaction, job.enqueue) : undefined;
  if (earlier?.videoId) {
    const answered = await getVideo(transaction, earlier.videoId);
    if (answered !== undefined) return { video: answered, job: earlier.job };
  }

  const nowMs = Date.now();
  const [created] = await transaction
    .insert(videos)
    .values({ ...video, status: 'processing', createdAtMs: nowMs, updatedAtMs: nowMs })
    .onConflictDoNothing({ target: videos.contentHash })
    .returning(videoColumns);
  if (created !== undefined) return { video: created, job: await takeUp(transaction, created.id, job) };

  const known = await lockContent(transaction, video.contentHash);
  // It was there a moment ago, and has been deleted since.
  if (known === undefined) return registerVideo(transaction, video, job);
  const working = await activeJobOfVideo(transaction, known.id);
  if (known.status === 'ready' || working !== undefined) {
    const answer = working ?? (await lastJobOfVideo(transaction, known.id));
    if ('enqueue' in job && earlier === undefined) {
      await rememberRequest(transaction, job.enqueue, answer ? { jobId: answer.id } : { videoId: known.id });
    }
    return { video: known, job: answer };
  }
  const [again] = await transaction
    .update(videos)
    .set({ status: 'processing', ...touched() })
    .where(eq(videos.id, known.id))
    .returning(videoColumns);
  return { video: again!, job: await takeUp(transaction, known.id, job) };
}

async function takeUp(
  transaction: Transaction,
  videoId: string,
  job: ProcessingJob,
): Promise<Job | undefined> {
  if ('jobId' in job) return assignVideo(transaction, job.jobId, videoId);
  return insertJob(transaction, job.enqueue, videoId);
}

export async function completeVideo(
  transaction: Transaction,
  videoId: string,
  facts: MediaFacts,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): Promise<boolean> {
  const completed = await transaction
    .update(videos)
    .set({ ...facts, status: 'ready', ...touched() })
    .where(and(eq(videos.id, videoId), ne(videos.status, 'ready')))
    .returning({ id: videos.id });
  if (completed.length === 0) return false;
  await insertActiveClips(transaction, videoId, newClips, modelFingerprint);
  return true;
}

export async function updateVideo(
  transaction: Transaction,
  videoId: string,
  { title, description, tags, metadata }: Partial<VideoDescription>,
  ifRevision?: number,
): Promise<ListedVideo | undefined> {
  const ofVideo = eq(videos.id, videoId);
  const [found] = await transaction
    .select({ revision: videos.revision })
    .from(videos)
    .where(ofVideo)
    .for('no key update');
  if (found === undefined) return undefined;
  if (ifRevision !== undefined && found.revision !== ifRevision) {
    throw new AppError(
      'precondition-failed',
      `The video was changed meanwhile: it is of revision ${found.revision}, not ${ifRevision}.`,
      { hint: 'Get it again, and send your change with the ETag it has now.' },
    );
  }
  await transaction
    .update(videos)
    .set({ title, description, tags, metadata, ...touched() })
    .where(ofVideo);
  const [updated] = await transaction.select(listedVideoColumns).from(videos).where(ofVideo);
  return updated;
}

export async function deleteVideo(
  transaction: Transaction,
  videoId: string,
): Promise<DeletedVideo | undefined> {
  // Jobs first, as whoever ends one does: the other way round, each would wait for the other.
  await transaction.select({ id: jobs.id }).from(jobs).where(eq(jobs.videoId, videoId)).for('update');
  const [video] = await transaction
    .select(videoColumns)
    .from(videos)
    .where(eq(videos.id, videoId))
    .for('update');
  if (video === undefined) return undefined;
  const clipRows = await transaction
    .select({ id: clips.id })
    .from(clips)
    .where(eq(clips.videoId, videoId))
    .orderBy(asc(clips.id));
  await forgetAnswers(transaction, videoId);
  // Clips and messages go with the video, events and idempotency keys with the jobs.
  await transaction.delete(videos).where(eq(videos.id, videoId));
  await transaction.delete(jobs).where(eq(jobs.videoId, videoId));
  return { video, clipIds: clipRows.map(({ id }) => id) };
}

/** What was said about a video in conversations about the whole library; those about the video go with it. */
async function forgetAnswers(transaction: Transaction, videoId: string): Promise<void> {
  const { sequence, conversationId } = conversationTurns;
  const ofVideo = transaction
    .select({ turn: turnVideos.turn })
    .from(turnVideos)
    .where(eq(turnVideos.videoId, videoId));
  const forgotten = await transaction
    .delete(conversationTurns)
    .where(inArray(sequence, ofVideo))
    .returning({ conversationId });
  for (const id of new Set(forgotten.map((turn) => turn.conversationId))) {
    const turns = transaction.select({ sequence }).from(conversationTurns).where(eq(conversationId, id));
    await transaction.delete(conversations).where(and(eq(conversations.id, id), notExists(turns)));
  }
}

async function getVideo(transaction: Transaction, videoId: string): Promise<Video | undefined> {
  const [video] = await transaction.select(videoColumns).from(videos).where(eq(videos.id, videoId));
  return video;
}

/** The video of a content, which nobody else changes until the end of the transaction. */
async function lockContent(transaction: Transaction, contentHash: string): Promise<Video | undefined> {
  const [video] = await transaction
    .select(videoColumns)
    .from(videos)
    .where(eq(videos.contentHash, contentHash))
    .for('no key update');
  return video;
}

async function insertActiveClips(
  transaction: Transaction,
  videoId: string,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): Promise<void> {
  await lock(transaction, 'clips');
  await assertActiveModel(transaction, modelFingerprint);
  await insertClips(transaction, videoId, newClips, modelFingerprint);
}

/** For whoever has the lock of clips. */
export async function insertClips(
  transaction: Transaction,
  videoId: string,
  newClips: readonly NewClip[],
  modelFingerprint: string,
): Promise<void> {
  const rows = newClips.map(({ startSeconds, endSeconds, vector }) => {
    const content = { videoId, startSeconds, endSeconds, modelFingerprint, vector: vectorToBlob(vector) };
    return { ...content, checksum: clipChecksum(content) };
  });
  for (let start = 0; start < rows.length; start += CLIPS_AT_ONCE)
    await transaction.insert(clips).values(rows.slice(start, start + CLIPS_AT_ONCE));
}
