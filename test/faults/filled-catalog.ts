import { randomUUID } from 'node:crypto';
import type { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import type { Video } from '../../src/domain/video.js';
import { seededRandom } from '../support/seeded-random.js';

const CLIPS_A_VIDEO = 6;

/** Of length 1, in a random direction. */
export function randomVector(dimension: number, random: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, () => random() - 0.5);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Stores videos number `from` to `to`, with the same clips every time. */
export async function addVideos(
  catalog: SqliteCatalog,
  modelFingerprint: string,
  dimension: number,
  from: number,
  to: number,
): Promise<void> {
  for (let number = from; number < to; number++) {
    const random = seededRandom(1_000_000 + number);
    const clips = Array.from({ length: CLIPS_A_VIDEO }, (_, clip) => ({
      startSeconds: clip,
      endSeconds: clip + 1,
      vector: randomVector(dimension, random),
    }));
    await catalog.addVideo(videoNumber(number), clips, modelFingerprint);
  }
}

function videoNumber(number: number): Video {
  return {
    id: randomUUID(),
    contentHash: `hash-${number}`,
    status: 'ready',
    title: `Video ${number}`,
    description: `What video ${number} shows, in a few words`,
    tags: ['one', 'two'],
    metadata: { number },
    sourcePath: `/films/${number}.mp4`,
    blobKey: null,
    sizeBytes: 1000 + number,
    container: 'mp4',
    codec: 'h264',
    width: 320,
    height: 240,
    durationSeconds: CLIPS_A_VIDEO,
    frameCount: 25 * CLIPS_A_VIDEO,
    createdAtMs: 1_700_000_000_000 + number,
    updatedAtMs: 1_700_000_000_000 + number,
    revision: 1,
  };
}
