import type { VideoArchitecture } from '../../model/bundle.js';
import type { ScanDirection, ScanInput, ScanShape } from '../../model/selective-scan.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import type { BlockScanParameters } from '../../model/videomamba/scan-parameters.js';
import { type Direction, directions } from '../../model/videomamba/tensor-names.js';
import { floatTensor, type Tensors } from './onnx-session.js';

/**
 * What flows between two stages for one batch size, allocated once: a stage writes its outputs here, the scan reads them
 * in place (B and C as strided columns) and its result is the next stage's input.
 */
export class ScanBuffers {
  readonly shape: ScanShape;
  /** Output of the scan, [B, L, E]. */
  readonly scanned: Float32Array;
  readonly #operands: Tensors = {};
  readonly #bcWidth: number;
  readonly #dtRank: number;
  /** Read by one stage while it writes the other, [B, L, C]. */
  readonly #residuals: [Float32Array, Float32Array];
  readonly #video: VideoArchitecture;

  constructor(video: VideoArchitecture, batch: number) {
    const { tokens, channels } = videoGeometry(video);
    this.#video = video;
    this.shape = { batch, length: tokens, channels, states: video.stateSize };
    this.#dtRank = video.dtRank;
    this.#bcWidth = video.dtRank + 2 * video.stateSize;
    const rows = batch * tokens;
    const allocate = (name: string, width: number) => {
      this.#operands[name] = floatTensor(new Float32Array(rows * width), [batch, tokens, width]);
    };
    allocate('z', channels);
    for (const direction of directions) {
      allocate(`u_${direction}`, channels);
      allocate(`delta_${direction}`, channels);
      allocate(`bc_${direction}`, this.#bcWidth);
    }
    this.scanned = new Float32Array(rows * channels);
    this.#residuals = [new Float32Array(rows * video.width), new Float32Array(rows * video.width)];
  }

  /** Inputs of stage `stage` (not the first). */
  inputs(stage: number): Tensors {
    const { batch, length, channels } = this.shape;
    return {
      scanned: floatTensor(this.scanned, [batch, length, channels]),
      residual: this.#residual(stage - 1),
    };
  }

  /** Outputs of stage `stage` (not the last). */
  outputs(stage: number): Tensors {
    return { ...this.#operands, residual_out: this.#residual(stage) };
  }

  scanInput(parameters: BlockScanParameters): ScanInput {
    return {
      forward: this.#direction('forward', parameters),
      backward: this.#direction('backward', parameters),
      z: this.#data('z'),
      zStride: this.shape.channels,
    };
  }

  #direction(direction: Direction, parameters: BlockScanParameters): ScanDirection {
    const bc = this.#data(`bc_${direction}`);
    return {
      u: this.#data(`u_${direction}`),
      delta: this.#data(`delta_${direction}`),
      B: bc.subarray(this.#dtRank),
      C: bc.subarray(this.#dtRank + this.shape.states),
      bcStride: this.#bcWidth,
      ...parameters[direction],
    };
  }

  #data(name: string): Float32Array {
    return this.#operands[name]!.data as Float32Array;
  }

  #residual(stage: number) {
    const { batch, length } = this.shape;
    return floatTensor(this.#residuals[stage % 2]!, [batch, length, this.#video.width]);
  }
}
