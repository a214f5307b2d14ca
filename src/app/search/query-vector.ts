import { assertUsableVector } from '../../domain/embedding-check.js';
import { AppError } from '../../domain/errors.js';
import { overlapSeconds, type TimeRange } from '../../domain/time-range.js';
import type { CatalogReader, NewClip } from '../../ports/catalog.js';
import type { Embedding, TextEncoder, VideoEncoder } from '../../ports/encoders.js';
import type { ImageReader } from '../../ports/image-reader.js';
import type { MediaReader } from '../../ports/media-reader.js';
import { encodeVideo } from '../encode-video.js';
import type { FrameSampler } from '../plan-clips.js';
import { Turns } from '../turns.js';
import type { QueryPart } from './search-request.js';

/** What it takes to look at pictures and videos that are not in the library. */
export interface VisualQueryDependencies {
  images: ImageReader;
  media: MediaReader;
  videoEncoder: VideoEncoder;
  sampleFrames: FrameSampler;
}

export interface QueryVectorDependencies {
  catalog: CatalogReader;
  textEncoder: TextEncoder;
  /** Absent where only texts and stored clips are asked for: an encoder takes a second to load. */
  visual?: VisualQueryDependencies | undefined;
}

/**
 * One unit vector for all parts of a query: each part's vector at unit length times its weight, added up.
 * @throws AppError `invalid-input`, `not-found` for a video the library does not have, and what decoding and encoding
 * throw.
 */
export async function queryVector(
  parts: readonly QueryPart[],
  dependencies: QueryVectorDependencies,
  signal?: AbortSignal,
): Promise<Embedding> {
  const { dimension } = dependencies.textEncoder.model;
  const sum = new Float32Array(dimension);
  for (const part of parts) {
    const vector = await partVector(part, dependencies, signal);
    assertUsableVector(vector, dimension, 'The vector of the query');
    const scale = (part.weight ?? 1) / norm(vector);
    for (let axis = 0; axis < dimension; axis++) sum[axis]! += vector[axis]! * scale;
  }
  const length = norm(sum);
  // Rounding leaves a little of two parts that cancel each other.
  if (length < 1e-6) {
    throw new AppError('invalid-input', 'The parts of the query cancel each other out.', {
      hint: 'Give them other weights.',
    });
  }
  return sum.map((value) => value / length);
}

async function partVector(
  part: QueryPart,
  dependencies: QueryVectorDependencies,
  signal?: AbortSignal,
): Promise<Embedding> {
  switch (part.kind) {
    case 'text': {
      const [vector] = await dependencies.textEncoder.encode([part.text], signal);
      return vector!;
    }
    case 'image':
      return imageVector(part.bytes, visual(dependencies), signal);
    case 'clip':
      return storedVector(part, dependencies.catalog);
    case 'file':
      return fileVector(part.path, visual(dependencies), signal);
    case 'vector':
      return part.vector;
  }
}

/** A picture as the video encoder sees it: a clip in which nothing moves. */
export async function imageVector(
  bytes: Uint8Array,
  { images, videoEncoder }: VisualQueryDependencies,
  signal?: AbortSignal,
): Promise<Embedding> {
  const { width, height, pixels } = await images.decode(bytes);
  const frames = Array<Uint8Array>(videoEncoder.model.framesPerClip).fill(pixels);
  const [vector] = await videoEncoder.encode([{ width, height, frames }], signal);
  return vector!;
}

/** The mean of what is stored of a stretch of a video, each clip by how much of it lies in the stretch. */
async function storedVector(
  { videoId, startSeconds, endSeconds }: { videoId: string } & Partial<TimeRange>,
  catalog: CatalogReader,
): Promise<Embedding> {
  const clips = await catalog.clipsOfVideo(videoId);
  if (clips.length === 0) {
    throw new AppError('not-found', `The library has no clips of a video ${JSON.stringify(videoId)}.`, {
      hint: 'GET /v1/videos lists what it has; a video that is still processing has no clips yet.',
    });
  }
  const end = Math.max(...clips.map((clip) => clip.endSeconds));
  const range = { startSeconds: startSeconds ?? 0, endSeconds: endSeconds ?? end };
  const weights = clips.map((clip) => overlapSeconds(clip, range));
  if (weights.every((weight) => weight === 0)) {
    throw new AppError(
      'invalid-input',
      `No clip of the video lies between ${range.startSeconds} and ${range.endSeconds} seconds; it ends at ${end}.`,
    );
  }
  return weightedMean(
    clips.map(({ vector }) => vector),
    weights,
  );
}

async function fileVector(
  path: string,
  dependencies: VisualQueryDependencies,
  signal?: AbortSignal,
): Promise<Embedding> {
  return meanOfClips(await fileClips(path, dependencies, signal));
}

/** Of the process, as its memory is: a decoder may take a gigabyte, and what it decoded some more. */
const fileTurns = new Turns({
  atOnce: 2,
  mostWaiting: 32,
  tooMany: 'Too many video files are being looked at.',
});

/** The clips of a video file, as an ingest would cut and encode them; nothing is stored. */
export async function fileClips(
  path: string,
  dependencies: VisualQueryDependencies,
  signal?: AbortSignal,
): Promise<NewClip[]> {
  return fileTurns.take(async () => {
    const info = await dependencies.media.probe(path, signal);
    return encodeVideo(path, info, dependencies, { signal });
  });
}

/** One vector for a whole video: the mean of its clips, each by how long it is. */
export function meanOfClips(clips: readonly NewClip[]): Embedding {
  return weightedMean(
    clips.map(({ vector }) => vector),
    clips.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds),
  );
}

function weightedMean(vectors: readonly Embedding[], weights: readonly number[]): Embedding {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float32Array(vectors[0]!.length);
  vectors.forEach((vector, order) => {
    const share = weights[order]! / total;
    for (let axis = 0; axis < mean.length; axis++) mean[axis]! += vector[axis]! * share;
  });
  return mean;
}

function norm(vector: Embedding): number {
  let squares = 0;
  for (let axis = 0; axis < vector.length; axis++) squares += vector[axis]! ** 2;
  return Math.sqrt(squares);
}

function visual({ visual }: QueryVectorDependencies): VisualQueryDependencies {
  if (visual !== undefined) return visual;
  throw new AppError('invalid-input', 'This search takes no images and video files.', {
    hint: 'Ask with a text, a stored clip or a vector.',
  });
}
