import type { VideoArchitecture } from '../../model/bundle.js';
import type { BlockKernel, DirectionOperands, OperandShape } from '../../model/scan-operands.js';
import type { ScanDirection } from '../../model/selective-scan.js';
import {
  type BlockParameters,
  type DirectionParameters,
  operandShape,
} from '../../model/videomamba/block-parameters.js';
import type { Direction } from '../../model/videomamba/tensor-names.js';
import { floatTensor, type Tensors } from '../onnx-session/onnx-session.js';

/**
 * At most as many tokens go through a stage at once. ONNX Runtime's product goes through all its rows for each strip of
 * columns, so they must fit the cache. Measured, VideoMamba-M with 64 frames, 12545 tokens: 14.4 s a clip whole, 11.9 in
 * pieces of 1600, 12.6 of 512.
 */
const TOKENS_PER_PIECE = 1600;

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
  /** Output of the scan, [B, L, E]; later the normalized tokens. */
  readonly #scanned: Float32Array;
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
    this.#residuals = [rows(width), rows(width)];
  }

  /** What the first stage fills. */
  firstOutputs(): Tensors {
    const { batch } = this;
    return this.#outputs(0, [batch, this.#shape.length], 0);
  }

  /** What the last of `depth` + 1 stages reads. */
  lastInputs(depth: number): Tensors {
    return this.#inputs(depth, [this.batch, this.#shape.length], 0);
  }

  /** Inputs and outputs of a stage between the first and the last, a piece of the tokens after the other. */
  *pieces(stage: number): Generator<{ inputs: Tensors; outputs: Tensors }> {
    const rows = this.batch * this.#shape.length;
    const pieces = Math.ceil(rows / TOKENS_PER_PIECE);
    for (let piece = 0; piece < pieces; piece++) {
      const first = Math.floor((piece * rows) / pieces);
      const dims = [1, Math.floor(((piece + 1) * rows) / pieces) - first] as const;
      const inputs = this.#inputs(stage, dims, first);
      const hidden = tensor(this.#xz, first * 2 * this.#shape.channels, dims, this.#width);
      // out_proj's result is used up before in_proj writes xz, so it can lie there.
      yield { inputs, outputs: { ...this.#outputs(stage, dims, first), hidden } };
    }
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

  #inputs(stage: number, dims: Rows, first: number): Tensors {
    const { channels } = this.#shape;
    return {
      scanned: tensor(this.#scanned, first * channels, dims, channels),
      residual: tensor(this.#residuals[(stage - 1) % 2]!, first * this.#width, dims, this.#width),
    };
  }

  #outputs(stage: number, dims: Rows, first: number): Tensors {
    const { channels } = this.#shape;
    return {
      xz: tensor(this.#xz, first * 2 * channels, dims, 2 * channels),
      // The norm comes after out_proj, which is the last to read what the scan left.
      normalized: tensor(this.#scanned, first * channels, dims, this.#width),
      residual_out: tensor(this.#residuals[stage % 2]!, first * this.#width, dims, this.#width),
    };
  }
}

type Rows = readonly [clips: number, tokens: number];

/** [...rows, columns] from `start` on. */
function tensor(data: Float32Array, start: number, [clips, tokens]: Rows, columns: number) {
  const values = data.subarray(start, start + clips * tokens * columns);
  return floatTensor(values, [clips, tokens, columns]);
}
