import type { VideoArchitecture } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import { tensorOfShape } from '../onnx/layers.js';
import type { OperandShape, OperandWeights } from '../scan-operands.js';
import type { ScanDirection } from '../selective-scan.js';
import { videoGeometry } from './geometry.js';
import { type Direction, mixerOf, suffixOf } from './tensor-names.js';

/** What the kernels keep of the weights of one direction of a block. */
export interface DirectionParameters {
  operands: OperandWeights;
  scan: Required<Pick<ScanDirection, 'A' | 'D' | 'deltaBias' | 'deltaProjection' | 'deltaRank'>>;
}

export type BlockParameters = Record<Direction, DirectionParameters>;

/** The shape of a block's operands for a batch. A token is projected to the low-rank delta, B and C. */
export function operandShape(video: VideoArchitecture, batch: number): OperandShape {
  const { tokens, channels } = videoGeometry(video);
  const projected = video.dtRank + 2 * video.stateSize;
  return { batch, length: tokens, channels, taps: video.convWidth, projected };
}

/**
 * The parameters of each block's kernels, laid out as the kernels take them: A = -exp(A_log); matrices that torch stores
 * [output, input] transposed; the convolution's taps from the token's own to the farthest.
 * @throws AppError `invalid-model` when a tensor is missing or has another shape than the architecture says.
 */
export function blockParameters(bundle: LoadedBundle): BlockParameters[] {
  const { depth, stateSize, dtRank } = bundle.description.video;
  const { channels, taps, projected } = operandShape(bundle.description.video, 1);
  const read = (mixer: string, suffix: string): DirectionParameters => {
    const tensor = (name: string, dims: readonly number[]) => tensorOfShape(bundle, `${mixer}.${name}`, dims);
    const convolution = tensor(`conv1d${suffix}.weight`, [channels, 1, taps]);
    return {
      operands: {
        taps: reversedRows(transposed(convolution, channels, taps), channels),
        bias: tensor(`conv1d${suffix}.bias`, [channels]),
        projection: transposed(tensor(`x_proj${suffix}.weight`, [projected, channels]), projected, channels),
      },
      scan: {
        A: tensor(`A${suffix}_log`, [channels, stateSize]).map((log) => -Math.exp(log)),
        D: tensor(`D${suffix}`, [channels]),
        deltaBias: tensor(`dt_proj${suffix}.bias`, [channels]),
        deltaProjection: transposed(tensor(`dt_proj${suffix}.weight`, [channels, dtRank]), channels, dtRank),
        deltaRank: dtRank,
      },
    };
  };
  return Array.from({ length: depth }, (_, block) => {
    const mixer = mixerOf(bundle.description, block);
    return { forward: read(mixer, suffixOf.forward), backward: read(mixer, suffixOf.backward) };
  });
}

/** [rows, columns] -> [columns, rows] */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}

/** Rows of `width` values, the last first. */
function reversedRows(values: Float32Array, width: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    result.set(values.subarray(start, start + width), values.length - width - start);
  }
  return result;
}
