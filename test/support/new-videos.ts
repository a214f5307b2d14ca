import { randomUUID } from 'node:crypto';
import type { MediaFacts, Video } from '../../src/domain/video.js';
import type { NewVideo } from '../../src/ports/catalog.js';
import type { NewJob } from '../../src/ports/job-queue.js';

export const facts: MediaFacts = {
  container: 'mp4',
  codec: 'h264',
  width: 4,
  height: 3,
  durationSeconds: 2.5,
  frameCount: 75,
};
export const clip = { startSeconds: 0, endSeconds: 2.5, vector: Float32Array.of(1, 2) };
/** One that makes a video ready. */
export const newJob = (): NewJob => ({ id: randomUUID(), kind: 'ingest', payload: {} });

export function newVideo(changes: Partial<NewVideo> = {}): NewVideo {
  const id = randomUUID();
  return {
    id,
    contentHash: `hash of ${id}`,
    sizeBytes: 10,
    sourcePath: 'film.mp4',
    blobKey: `videos/${id}`,
    title: 'film',
    description: '',
    tags: [],
    metadata: {},
    ...changes,
  };
}

export function readyVideo(changes: Partial<Video> = {}): Video {
  const times = { createdAtMs: 1000, updatedAtMs: 1000 };
  return { ...newVideo(), ...facts, ...times, status: 'ready', revision: 1, ...changes };
}
