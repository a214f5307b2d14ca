import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { VideoArchitecture } from '../../model/bundle.js';
import type { ScanInput, ScanShape } from '../../model/selective-scan.js';
import type { ClipFrames } from '../../ports/encoders.js';

/** As `VideoEncoderConfig` of `kernels/include/video_encoder_cuda.h`. */
export interface CudaEncoderConfig extends VideoArchitecture {
  kind: 'retrieval' | 'classification';
  /** Width of the shared space, or classes. */
  outputs: number;
  antialias: boolean;
  mean: readonly number[];
  std: readonly number[];
  precision: CudaPrecision;
  /** Clips computed at once; decides how much memory the encoder takes. */
  maxBatch: number;
  device: number;
}

/** Of weights and activations; residual, state and vectors are f32. */
export type CudaPrecision = 'bf16' | 'f16';

export interface CudaDevice {
  index: number;
  name: string;
  computeMajor: number;
  computeMinor: number;
  multiprocessors: number;
  totalBytes: number;
  freeBytes: number;
  /** 1000 * major + 10 * minor, as is the next. */
  driverVersion: number;
  runtimeVersion: number;
}

/** Row-major float32; `vectors` always, the rest where asked for. */
export interface CudaResults {
  /** [B, outputs] */
  vectors: Float32Array;
  /** [B, T'P, C] */
  tokens?: Float32Array;
  /** [B, T', C] */
  pooled?: Float32Array;
  /** [B, T', outputs] */
  projected?: Float32Array;
  /** [B, C] */
  features?: Float32Array;
}

export type CudaWanted = { [Name in Exclude<keyof CudaResults, 'vectors'>]?: boolean };

/** Calls run off the JavaScript thread, one after the other. Until one is done its frames may not be written to. */
export interface NativeCudaEncoder {
  /** Device memory it holds. */
  readonly deviceBytes: number;
  encode(clips: readonly ClipFrames[], wanted: CudaWanted): Promise<CudaResults>;
  /** @param pixels normalized frames [B, T, 3, S, S] */
  encodePixels(pixels: Float32Array, batch: number, wanted: CudaWanted): Promise<CudaResults>;
  /** Frees the device memory, once what is under way is done. */
  close(): void;
}

/** A bundle's tensor by its name there. */
export type CudaTensors = Record<string, { values: Float32Array; shape: readonly number[] }>;

/** What `kernels/node/cuda-addon.cpp` exports. What the encoder refuses is an Error with a `CudaErrorCode` as `code`. */
export interface CudaAddon {
  describeDevice(index: number): CudaDevice;
  /** Device memory an encoder of this configuration will take. */
  deviceBytesNeeded(config: CudaEncoderConfig): number;
  createEncoder(config: CudaEncoderConfig, tensors: CudaTensors): Promise<NativeCudaEncoder>;
  /** `SelectiveScanKernel.run` on the GPU, through host memory: for tests. */
  selectiveScan(shape: ScanShape, input: ScanInput, out: Float32Array): void;
}

/** As `ErrorCode` of `kernels/include/video_encoder_cuda.h`. */
export type CudaErrorCode =
  | 'noDevice'
  | 'unsupportedDevice'
  | 'missingLibrary'
  | 'outOfMemory'
  | 'invalidModel'
  | 'invalidInput'
  | 'deviceFailure';

export type CudaAddonResult = { addon: CudaAddon } | { missing: string };

/** The same place seen from src/ and from dist/. */
const addonPath = fileURLToPath(new URL('../../../build/native/videre_cuda.node', import.meta.url));

/** The addon that `npm run build:cuda` made, or a sentence saying why there is none. */
export function loadCudaAddon(path: string = addonPath): CudaAddonResult {
  if (!existsSync(path)) return { missing: 'The CUDA engine is not built (npm run build:cuda builds it).' };
  try {
    return { addon: createRequire(import.meta.url)(path) as CudaAddon };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { missing: `The CUDA engine does not load: ${reason}` };
  }
}
