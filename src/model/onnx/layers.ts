import { AppError } from '../../domain/errors.js';
import type { TensorSource } from '../loaded-bundle.js';
import type { GraphWriter, Value } from './graph-writer.js';

/** Layers as the checkpoints name and shape their weights, written with ONNX Runtime's fused operators where it has one. */

/**
 * The tensor `name`, which must have exactly these sizes.
 * @throws AppError `invalid-model` naming the tensor, its shape and the shape the architecture needs.
 */
export function tensorOfShape(bundle: TensorSource, name: string, dims: readonly number[]): Float32Array {
  const shape = bundle.shape(name);
  if (shape.length !== dims.length || shape.some((size, axis) => size !== dims[axis])) {
    throw new AppError(
      'invalid-model',
      `Tensor ${name} has shape [${shape.join(', ')}]; the architecture in bundle.json needs [${dims.join(', ')}].`,
      { details: { tensor: name, shape, expected: dims } },
    );
  }
  return bundle.tensor(name);
}

/** A weight of the bundle as a constant of the graph. */
export function weight(g: GraphWriter, bundle: TensorSource, name: string, dims: readonly number[]): Value {
  return g.weight(name, tensorOfShape(bundle, name, dims), dims);
}

/** x [..., input] -> x W^T [..., output] with `name` = W [output, input] as torch stores it, so nothing is transposed at load. */
export function linear(
  g: GraphWriter,
  bundle: TensorSource,
  x: Value,
  name: string,
  [output, input]: readonly [output: number, input: number],
): Value {
  const w = weight(g, bundle, name, [output, input]);
  return g.microsoft('FusedMatMul', [x, w], { transB: 1 });
}

/** `linear` plus `bias` [output]; `name` is the module that has both. */
export function affine(
  g: GraphWriter,
  bundle: TensorSource,
  x: Value,
  name: string,
  sizes: readonly [output: number, input: number],
): Value {
  const product = linear(g, bundle, x, `${name}.weight`, sizes);
  return g.node('Add', [product, weight(g, bundle, `${name}.bias`, [sizes[0]])]);
}

/** x / |x| over the last axis, |x| at least 1e-12 (torch's `normalize`). */
export function unitVector(g: GraphWriter, x: Value): Value {
  const norm = g.node('ReduceL2', [x, g.integers(-1)]);
  return g.node('Div', [x, g.node('Max', [norm, g.scalar(1e-12)])]);
}
