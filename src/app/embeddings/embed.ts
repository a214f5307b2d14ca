import { AppError } from '../../domain/errors.js';
import type { NewClip } from '../../ports/catalog.js';
import type { ClipFrames, Embedding, TextEncoder } from '../../ports/encoders.js';
import { fileClips, imageVector, type VisualQueryDependencies } from '../search/query-vector.js';

export interface EmbedDependencies {
  textEncoder: TextEncoder;
  /** Absent: only texts are taken. */
  visual?: VisualQueryDependencies | undefined;
}

export interface EmbedRequest {
  texts: readonly string[];
  /** Pictures; each is looked at as a clip that stands still. */
  images: readonly Uint8Array[];
  /** Clips as pictures of their frames, in order and all of one size; the model's sampling picks from them. */
  clips: readonly (readonly Uint8Array[])[];
  /** Paths of video files, which are cut as an ingest would cut them. */
  videos: readonly string[];
  signal?: AbortSignal;
}

export interface Embeddings {
  texts: Embedding[];
  images: Embedding[];
  clips: Embedding[];
  /** The clips of each video, by start. */
  videos: NewClip[][];
}

/**
 * The vectors the library's model makes of texts, pictures, clips and videos; nothing is stored.
 * @throws AppError `invalid-input`, and what decoding and encoding throw.
 */
export async function embed(
  { textEncoder, visual }: EmbedDependencies,
  { texts, images, clips, videos, signal }: EmbedRequest,
): Promise<Embeddings> {
  const result: Embeddings = {
    texts: await textEncoder.encode(texts, signal),
    images: [],
    clips: [],
    videos: [],
  };
  if (images.length + clips.length + videos.length === 0) return result;
  if (visual === undefined) throw new AppError('invalid-input', 'This service encodes texts only.');
  for (const image of images) result.images.push(await imageVector(image, visual, signal));
  for (const frames of clips) {
    const [vector] = await visual.videoEncoder.encode([await decodeClip(frames, visual)], signal);
    result.clips.push(vector!);
  }
  for (const path of videos) result.videos.push(await fileClips(path, visual, signal));
  return result;
}

async function decodeClip(
  pictures: readonly Uint8Array[],
  { images, sampleFrames, videoEncoder }: VisualQueryDependencies,
): Promise<ClipFrames> {
  const chosen = sampleFrames(pictures.length, videoEncoder.model.framesPerClip);
  const decoded = new Map<number, Uint8Array>();
  let size: { width: number; height: number } | undefined;
  for (const position of new Set(chosen)) {
    const { width, height, pixels } = await images.decode(pictures[position]!);
    size ??= { width, height };
    if (width !== size.width || height !== size.height) {
      throw new AppError(
        'invalid-input',
        `Frame ${position} of a clip has ${width} x ${height} pixels, another has ${size.width} x ${size.height}.`,
        { hint: 'All frames of a clip must be of one size.' },
      );
    }
    decoded.set(position, pixels);
  }
  return { ...size!, frames: chosen.map((position) => decoded.get(position)!) };
}
