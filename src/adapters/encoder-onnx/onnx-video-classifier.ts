import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { ClipFrames } from '../../ports/encoders.js';
import type { ClassifierInfo, VideoClassifier } from '../../ports/video-classifier.js';
import { EngineWorker, type EngineWorkerOptions } from './engine-worker.js';

/** A classification bundle on the CPU, in a worker thread of its own. */
export class OnnxVideoClassifier implements VideoClassifier {
  readonly #worker: EngineWorker<readonly ClipFrames[]>;

  private constructor(worker: EngineWorker<readonly ClipFrames[]>) {
    this.#worker = worker;
  }

  /** @throws AppError as `EngineWorker.start`; `invalid-input` when it is no classification model. */
  static async load(options: EngineWorkerOptions): Promise<OnnxVideoClassifier> {
    return new OnnxVideoClassifier(await EngineWorker.start('classify', options));
  }

  get model(): ClassifierInfo {
    const { name, fingerprint, dimension, framesPerClip, kernel } = this.#worker.model;
    return { name, fingerprint, classes: dimension, framesPerClip, kernel };
  }

  /**
   * @throws AppError `invalid-input` when a clip has the wrong number or size of frames, `cancelled`, `internal` when
   * the model gives no usable logits.
   */
  async classify(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Float32Array[]> {
    const logits: Float32Array[] = [];
    for (const clip of clips) {
      throwIfCancelled(signal);
      logits.push(...(await this.#worker.encode([clip])));
    }
    return logits;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}
