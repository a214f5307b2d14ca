import { AppError } from '../../domain/errors.js';
import type { BundleDescription } from '../../model/bundle.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import type { ClipFrames } from '../../ports/encoders.js';
import type {
  CudaAddonResult,
  CudaDevice,
  CudaResults,
  CudaWanted,
  NativeCudaEncoder,
} from './cuda-addon.js';
import { type CudaSettings, cudaConfig, cudaTensors } from './cuda-config.js';
import { cudaError } from './cuda-errors.js';
import { requireCuda } from './require-cuda.js';

/** More clips at once make nothing faster: VideoMamba-Ti at 8 frames, the smallest there is, fills the chip with these. */
const WORTHWHILE_BATCH = 32;
/** Of the free device memory; the rest is left to others and to what CUDA itself takes. */
const MEMORY_SHARE = 0.8;

/** VideoMamba on a GPU: the whole video encoder of a bundle, from frames to vectors. */
export class CudaVideoEngine {
  readonly description: BundleDescription;
  readonly device: CudaDevice;
  /** Clips computed at once. */
  readonly maxBatch: number;
  readonly #encoder: NativeCudaEncoder;

  private constructor(
    description: BundleDescription,
    device: CudaDevice,
    maxBatch: number,
    encoder: NativeCudaEncoder,
  ) {
    this.description = description;
    this.device = device;
    this.maxBatch = maxBatch;
    this.#encoder = encoder;
  }

  /**
   * Uploads the weights and takes all the device memory it will ever need.
   * @throws AppError `missing-dependency` without an addon or a GPU it can use, `out-of-memory`, `invalid-model`.
   */
  static async load(
    bundle: LoadedBundle,
    native: CudaAddonResult,
    settings: CudaSettings,
  ): Promise<CudaVideoEngine> {
    const { addon, device } = requireCuda(native);
    const { description } = bundle;
    const configOf = (batch: number) => cudaConfig(description, settings.precision, batch);
    const fits = (batch: number) =>
      addon.deviceBytesNeeded(configOf(batch)) <= MEMORY_SHARE * device.freeBytes;
    let batch = settings.batch ?? WORTHWHILE_BATCH;
    while (settings.batch === undefined && batch > 1 && !fits(batch)) batch >>= 1;
    try {
      const encoder = await addon.createEncoder(configOf(batch), cudaTensors(bundle));
      return new CudaVideoEngine(description, device, batch, encoder);
    } catch (thrown) {
      throw cudaError(thrown);
    }
  }

  /** Device memory it holds. */
  get deviceBytes(): number {
    return this.#encoder.deviceBytes;
  }

  /**
   * Any number of clips, computed `maxBatch` at a time. Their frames may not be written to before it is done.
   * @throws AppError `invalid-input` when a clip has the wrong number or size of frames, `internal` when the GPU fails.
   */
  encode(clips: readonly ClipFrames[], wanted: CudaWanted = {}): Promise<CudaResults> {
    for (const { frames } of clips) {
      if (frames.length === this.description.video.frames) continue;
      throw new AppError(
        'invalid-input',
        `The model takes ${this.description.video.frames} frames a clip, not ${frames.length}.`,
      );
    }
    return translated(() => this.#encoder.encode(clips, wanted));
  }

  /** @param pixels normalized frames [B, T, 3, S, S] @throws AppError as `encode`. */
  encodePixels(pixels: Float32Array, batch: number, wanted: CudaWanted = {}): Promise<CudaResults> {
    return translated(() => this.#encoder.encodePixels(pixels, batch, wanted));
  }

  async close(): Promise<void> {
    this.#encoder.close();
  }
}

async function translated<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (thrown) {
    // A TypeError is the addon's way to refuse an argument.
    if (thrown instanceof TypeError) throw new AppError('invalid-input', thrown.message, { cause: thrown });
    throw cudaError(thrown);
  }
}
