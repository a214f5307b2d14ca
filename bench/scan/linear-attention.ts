import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphWriter } from '../../src/model/onnx/graph-writer.js';
import type { ScanDirection, ScanShape } from '../../src/model/selective-scan.js';

/**
 * One direction of the scan by ONNX Runtime's LinearAttention, the only stock operator that can express it: channels are
 * heads of value width 1, the state is the N key dimensions, B is the key and C the query of all heads, and the decay
 * is given per key dimension. Softplus, delta * u, delta * A and D u happen outside and are not timed.
 */
export async function prepareLinearAttention(
  shape: ScanShape,
  direction: ScanDirection,
): Promise<() => Promise<Float32Array>> {
  const { batch, length, channels, states } = shape;
  const tokens = batch * length;
  const graph = new GraphWriter('scan');
  const inputs = {
    query: new Tensor('float32', rowsOf(direction.C, tokens, direction.bcStride, states), [
      batch,
      length,
      states,
    ]),
    key: new Tensor('float32', rowsOf(direction.B, tokens, direction.bcStride, states), [
      batch,
      length,
      states,
    ]),
    value: new Tensor('float32', new Float32Array(tokens * channels), [batch, length, channels]),
    decay: new Tensor('float32', new Float32Array(tokens * channels * states), [
      batch,
      length,
      channels * states,
    ]),
  };
  const value = inputs.value.data as Float32Array;
  const decay = inputs.decay.data as Float32Array;
  for (let at = 0; at < tokens * channels; at++) {
    const channel = at % channels;
    const raw = direction.delta[at]! + direction.deltaBias[channel]!;
    const delta = Math.max(raw, 0) + Math.log1p(Math.exp(-Math.abs(raw)));
    value[at] = delta * direction.u[at]!;
    for (let n = 0; n < states; n++) decay[at * states + n] = delta * direction.A[channel * states + n]!;
  }
  const names = Object.entries(inputs).map(([name, tensor]) => graph.input(name, 'float32', tensor.dims));
  const [query, key, values, decays] = names as [string, string, string, string];
  const attributes = { q_num_heads: 1, kv_num_heads: channels, update_rule: 'gated', scale: { float: 1 } };
  const [y] = graph.microsoftOutputs('LinearAttention', [query, key, values, '', decays], attributes, [
    'y',
    'state',
  ]);
  graph.output('y', y!, [batch, length, channels]);
  const session = await InferenceSession.create(graph.finish(), { intraOpNumThreads: 1 });
  return async () => (await session.run(inputs)).y!.data as Float32Array;
}

function rowsOf(source: Float32Array, rows: number, stride: number, width: number): Float32Array {
  const result = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    result.set(source.subarray(row * stride, row * stride + width), row * width);
  }
  return result;
}
