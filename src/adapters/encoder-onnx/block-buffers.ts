import type { VideoArchitecture } from '../../model/bundle.js';
import type { BlockKernel, DirectionOperands, OperandShape } from '../../model/scan-operands.js';
import type { ScanDirection } from '../../model/selective-scan.js';
import {
  type BlockParameters,
  type DirectionParameters,
  operandShape,
} from '../../model/videomamba/block-parameters.js';
import type { Direction } from '../../model/videomamba/tensor-names.js';
import { floatTensor, type Tensors } from './onnx-session.js';

/**
 * Everything that flows through the blocks for one batch size, allocated once and used by all stages in turn: a stage
 * writes its outputs here, the kernels work on them in place (z, B and C are read as strided columns), and their result
 * is the next stage's input.
 */
export class BlockBuffers {
  readonly batch: number;
  readonly #shape: OperandShape;
  readonly #states: number;
  readonly #width: number;
  /** Output of in_proj, [B, L, 2 E]: x and z side by side. */
  readonly #xz: Float32Array;
  readonly #operands: Record<Direction, DirectionOperands>;
  /** Output of the scan, [B, L, E]. */
  readonly #scanned: Float32Array;
  readonly #normalized: Float32Array;
  /** Read by one stage while it writes the other, [B, L, C]. */
  readonly #residuals: [Float32Array, Float32Array];

  constructor(video: VideoArchitecture, batch: number) {
    const { width } = video;
    this.batch = batch;
    this.#shape = operandShape(video, batch);
    this.#states = video.stateSize;
    this.#width = width;
    const { length, channels, projected } = this.#shape;
    const rows = (columns: number) => new Float32Array(batch * length * columns);
    this.#xz = rows(2 * channels);
    this.#operands = {
      forward: { u: rows(channels), projected: rows(projected) },
      backward: { u: rows(channels), projected: rows(projected) },
    };
    this.#scanned = rows(channels);
    this.#normalized = rows(width);
    this.#residuals = [rows(width), rows(width)];
  }

  /** Inputs of stage `stage` (not the first). */
  inputs(stage: number): Tensors {
    return {
      scanned: this.#tensor(this.#scanned, this.#shape.channels),
      residual: this.#tensor(this.#residuals[(stage - 1) % 2]!, this.#width),
    };
  }

  /** Outputs of stage `stage` (not the last). */
  outputs(stage: number): Tensors {
    const outputs = {
      xz: this.#tensor(this.#xz, 2 * this.#shape.channels),
      normalized: this.#tensor(this.#normalized, this.#width),
      residual_out: this.#tensor(this.#residuals[stage % 2]!, this.#width),
    };
    // out_proj's result is used up before in_proj writes xz, so it can lie there.
    return stage === 0 ? outputs : { ...outputs, hidden: this.#tensor(this.#xz, this.#width) };
  }

  /** What a block does between in_proj and out_proj. */
  runKernels(kernel: BlockKernel, { forward, backward }: BlockParameters): void {
    const { batch, length, channels } = this.#shape;
    const xStride = 2 * channels;
    const input = { x: this.#xz, xStride, forward: forward.operands, backward: backward.operands };
    kernel.makeOperands(this.#shape, input, this.#operands);
    kernel.run(
      { batch, length, channels, states: this.#states },
      {
        forward: this.#scanDirection('forward', forward),
        backward: this.#scanDirection('backward', backward),
        z: this.#xz.subarray(channels),
        zStride: xStride,
      },
      this.#scanned,
    );
  }

  #scanDirection(direction: Direction, { scan }: DirectionParameters): ScanDirection {
    const { u, projected } = this.#operands[direction];
    return {
      u,
      delta: projected,
      B: projected.subarray(scan.deltaRank),
      C: projected.subarray(scan.deltaRank + this.#states),
      bcStride: this.#shape.projected,
      ...scan,
    };
  }

  /** [B, L, columns] at the start of `data`. */
  #tensor(data: Float32Array, columns: number) {
    const { batch, length } = this.#shape;
    return floatTensor(data.subarray(0, batch * length * columns), [batch, length, columns]);
  }
}
