import { AppError } from '../../domain/errors.js';
import type { RetrievalBundle } from '../../model/bundle.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import { modelInfo } from '../../model/model-info.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import { usableEmbedding } from '../../model/usable-embedding.js';
import type { ClipFrames, Embedding, ModelInfo, VideoEncoder } from '../../ports/encoders.js';
import { BatchingQueue } from './batching-queue.js';
import type { CudaVideoEngine } from './cuda-video-engine.js';

/** A clip takes about a millisecond; a caller alone waits no longer than that for company. */
const MAX_WAIT_MS = 1;
/** Batches of clips that may wait: their frames lie in memory. */
const WAITING_BATCHES = 2;

/** A bundle's video encoder on a GPU; clips of all callers go through it in common batches. */
export class CudaVideoEncoder implements VideoEncoder {
  readonly model: ModelInfo;
  readonly #engine: CudaVideoEngine;
  readonly #queue: BatchingQueue<ClipFrames, Embedding>;
  #closing: Promise<void> | undefined;

  /** @throws AppError `invalid-input` when the bundle is no retrieval model. */
  constructor(bundle: LoadedBundle, engine: CudaVideoEngine) {
    const description: RetrievalBundle = requireRetrieval(bundle);
    const { projection } = description;
    this.model = modelInfo(bundle, description, 'cuda');
    this.#engine = engine;
    this.#queue = new BatchingQueue<ClipFrames, Embedding>(
      async (clips) => {
        const { vectors } = await engine.encode(clips);
        return clips.map((_, clip) => vectors.slice(clip * projection, (clip + 1) * projection));
      },
      { maxBatch: engine.maxBatch, maxWaitMs: MAX_WAIT_MS, maxWaiting: WAITING_BATCHES * engine.maxBatch },
    );
  }

  /**
   * The frames may not be written to before it is done.
   * @throws AppError `invalid-input` when a clip has the wrong number or size of frames, `cancelled`, `internal` when the
   * GPU fails or the model gives no usable vector.
   */
  async encode(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Embedding[]> {
    // Checked here, not in the batch: one caller's mistake must not fail another's clips.
    for (const clip of clips) this.#assertWellFormed(clip);
    try {
      const vectors = await Promise.all(clips.map((clip) => this.#queue.submit(clip, signal)));
      return vectors.map((vector) => usableEmbedding(vector, 'a clip'));
    } catch (thrown) {
      if (signal?.aborted) throw new AppError('cancelled', 'Encoding was cancelled.', { cause: thrown });
      throw thrown;
    }
  }

  /** Ends it, after what it was asked before. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.idle().then(() => this.#engine.close());
    return this.#closing;
  }

  #assertWellFormed({ width, height, frames }: ClipFrames): void {
    const { framesPerClip } = this.model;
    if (frames.length !== framesPerClip) {
      throw new AppError(
        'invalid-input',
        `The model takes ${framesPerClip} frames a clip, not ${frames.length}.`,
      );
    }
    const bytes = width * height * 3;
    const other = frames.find((frame) => frame.length !== bytes);
    if (other === undefined) return;
    throw new AppError(
      'invalid-input',
      `A picture of ${width} x ${height} RGB pixels has ${bytes} bytes, not ${other.length}.`,
    );
  }
}
