import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { ClipFrames, Embedding, ModelInfo, VideoEncoder } from '../../ports/encoders.js';
import { EngineWorker, type EngineWorkerOptions } from './engine-worker.js';

/** A bundle's video encoder on the CPU, in a worker thread of its own. */
export class OnnxVideoEncoder implements VideoEncoder {
  readonly #worker: EngineWorker<readonly ClipFrames[]>;

  private constructor(worker: EngineWorker<readonly ClipFrames[]>) {
    this.#worker = worker;
  }

  /** @throws AppError as `EngineWorker.start`. */
  static async load(options: EngineWorkerOptions): Promise<OnnxVideoEncoder> {
    return new OnnxVideoEncoder(await EngineWorker.start('video', options));
  }

  get model(): ModelInfo {
    return this.#worker.model;
  }

  /**
   * One clip after the other: the matrix products of one already fill the cores (measured: 8 at once take as long each),
   * and between two clips a caller who gave up is let go.
   * @throws AppError `invalid-input` when a clip has the wrong number or size of frames, `cancelled`, `internal` when
   * the model gives no usable vector.
   */
  async encode(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Embedding[]> {
    const vectors: Embedding[] = [];
    for (const clip of clips) {
      throwIfCancelled(signal);
      vectors.push(...(await this.#worker.encode([cloneable(clip)])));
    }
    return vectors;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}

/**
 * Frames are copied to the worker, not moved, because overlapping clips share them; those in shared memory cross as they
 * are. What crosses of a view is the whole buffer under it, so a view gets one of its own; a frame that repeats stays one
 * array.
 */
function cloneable({ width, height, frames }: ClipFrames): ClipFrames {
  const owned = new Map(
    frames.map((frame) => [
      frame,
      frame.byteLength === frame.buffer.byteLength ? frame : new Uint8Array(frame),
    ]),
  );
  return { width, height, frames: frames.map((frame) => owned.get(frame)!) };
}
