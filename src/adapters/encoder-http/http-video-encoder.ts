import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { ClipFrames, Embedding, ModelInfo, VideoEncoder } from '../../ports/encoders.js';
import { WorkerThread } from '../worker-thread/worker-thread.js';
import { askEmbeddings } from './ask-embeddings.js';
import type { RemoteModel } from './encoder-model.js';
import type { EncoderServers } from './encoder-servers.js';
import type { PictureOperations } from './picture-operations.js';

/** Half of what an encoder takes in a request: pictures of noise, which nothing makes small, fit too. */
const MOST_REQUEST_BYTES = 16 * 1024 * 1024;
const MOST_CLIPS = 64;
/** A large model on a few slow cores needs some of it. */
const DEADLINE_MS_PER_CLIP = 60_000;

/**
 * Clips encoded by servers. Pictures are made small here, by the same arithmetic as the encoder's, which then has nothing
 * to do: what crosses is what the model sees, without loss.
 */
export class HttpVideoEncoder implements VideoEncoder {
  readonly #servers: EncoderServers;
  readonly #model: RemoteModel;
  readonly #pictures: WorkerThread<PictureOperations>;

  /** @param pictureModule exports `PictureOperations` */
  constructor(servers: EncoderServers, model: RemoteModel, pictureModule: URL) {
    this.#servers = servers;
    this.#model = model;
    this.#pictures = new WorkerThread({
      module: pictureModule,
      workerData: undefined,
      operations: 'interleaved',
    });
  }

  get model(): ModelInfo {
    return this.#model;
  }

  /** @throws AppError as `askEmbeddings`, and `invalid-input` for frames of another size than their clip says. */
  async encode(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Embedding[]> {
    const { imageSize, antialias } = this.#model;
    const mostPixels = imageSize * imageSize * 3 * this.#model.framesPerClip;
    const atOnce = Math.min(MOST_CLIPS, Math.max(1, Math.floor(MOST_REQUEST_BYTES / mostPixels)));
    const vectors: Embedding[] = [];
    for (let start = 0; start < clips.length; start += atOnce) {
      const written: { frames: string[] }[] = [];
      for (const clip of clips.slice(start, start + atOnce)) {
        throwIfCancelled(signal);
        written.push({ frames: await this.#pictures.call('pictures', { clip, imageSize, antialias }) });
      }
      const deadlineMs = DEADLINE_MS_PER_CLIP * written.length;
      vectors.push(
        ...(await askEmbeddings(this.#servers, this.#model, { clips: written }, deadlineMs, signal)),
      );
    }
    return vectors;
  }

  close(): Promise<void> {
    return this.#pictures.destroy();
  }
}
