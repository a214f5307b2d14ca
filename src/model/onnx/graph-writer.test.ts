import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { GraphWriter } from './graph-writer.js';

/** Loads the graph in ONNX Runtime, runs it on x and gives its float outputs: the reader that matters. */
async function run(g: GraphWriter, x: number[], dims: number[]) {
  const session = await InferenceSession.create(g.finish());
  const results = await session.run({ x: new Tensor('float32', Float32Array.from(x), dims) });
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { values: [...(data as Float32Array)], dims },
    ]),
  );
}

describe('GraphWriter', () => {
  it('writes weights, integer vectors and attributes of every kind so that ONNX Runtime computes with them', async () => {
    const g = new GraphWriter('attributes');
    const x = g.input('x', 'float32', ['rows', 2]);
    const w = g.weight('w', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const product = g.node('Gemm', [x, w], { alpha: { float: 0.5 }, transA: 0 });
    const transposed = g.node('Transpose', [product], { perm: [1, 0] });
    const tail = g.node('Slice', [transposed, g.integers(1), g.integers(3), g.integers(0)]);
    g.output('y', tail, [2, 'rows']);
    const { y } = await run(g, [2, 0, 0, 2], [2, 2]);
    expect(y).toEqual({ values: [2, 5, 3, 6], dims: [2, 2] });
  });

  it('gives a value that is used inside the graph its output name without changing what is computed', async () => {
    const g = new GraphWriter('inner output');
    const x = g.input('x', 'float32', ['n']);
    const doubled = g.node('Add', [x, x]);
    const squared = g.node('Mul', [doubled, doubled]);
    g.output('doubled', doubled, ['n']);
    g.output('squared', squared, ['n']);
    const { doubled: first, squared: second } = await run(g, [1, -3], [2]);
    expect(first!.values).toEqual([2, -6]);
    expect(second!.values).toEqual([4, 36]);
  });

  it('leaves out the optional outputs of an operator that nobody reads', async () => {
    const g = new GraphWriter('optional outputs');
    const x = g.input('x', 'float32', [1, 1, 2]);
    const gamma = g.weight('gamma', Float32Array.of(1, 1), [2]);
    const [normalized, skipped, , sum] = g.microsoftOutputs(
      'SkipSimplifiedLayerNormalization',
      [x, x, gamma],
      { epsilon: { float: 0 } },
      ['normalized', '', '', 'sum'],
    );
    expect(skipped).toBe('');
    g.output('normalized', normalized!, [1, 1, 2]);
    g.output('sum', sum!, [1, 1, 2]);
    const results = await run(g, [3, 4], [1, 1, 2]);
    expect(results.sum!.values).toEqual([6, 8]);
    expect(results.normalized!.values[0]).toBeCloseTo(6 / Math.sqrt(50), 6);
  });

  it('takes a view into a larger array as a weight', async () => {
    const g = new GraphWriter('view');
    const x = g.input('x', 'float32', [2]);
    g.output('y', g.node('Add', [x, g.weight('w', Float32Array.of(9, 9, 1, 2, 9).subarray(2, 4), [2])]), [2]);
    expect((await run(g, [0, 0], [2])).y!.values).toEqual([1, 2]);
  });
});
