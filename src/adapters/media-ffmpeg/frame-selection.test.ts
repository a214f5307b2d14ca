import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSelection } from './frame-selection.js';

/** What ffmpeg's `select` filter lets through. */
function select(expression: string, times: readonly number[]): number[] {
  const evaluate = new Function(
    ...['t', 'prev_selected_t', 'lt', 'either', 'isnan'],
    `return ${expression.replaceAll('if(', 'either(')}`,
  );
  let previous = Number.NaN;
  return times.filter((time) => {
    const isSelected = evaluate(
      ...[time, previous, (a: number, b: number) => a < b, (c: boolean, a: number, b: number) => (c ? a : b)],
      Number.isNaN,
    );
    if (isSelected) previous = time;
    return isSelected;
  });
}

/** For each frame asked for, the position of the frame that it gets. */
function served(
  times: readonly number[],
  indices: readonly number[],
  decoded: readonly number[],
  offset = 0,
) {
  const selection = new FrameSelection(Float64Array.from(times), indices);
  const passed = select(
    selection.toExpression(offset),
    decoded.map((position) => times[position]! + offset),
  );
  const result = new Map<number, number>();
  for (const time of passed) {
    const position = times.findIndex((each) => Math.abs(each - (time - offset)) < 1e-9);
    for (const index of selection.take(time - offset)) result.set(index, position);
  }
  return { result, passed: passed.length, isComplete: selection.isComplete };
}

const scenario = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 40 }).chain((gaps) => {
  const times = gaps.map((_, i) => gaps.slice(0, i).reduce((sum, gap) => sum + gap / 100, 0));
  const positions = times.map((_, i) => i);
  return fc.record({
    times: fc.constant(times),
    indices: fc.subarray(positions),
    decoded: fc.subarray(positions),
    offset: fc.constantFrom(0, 1.4, 95_443.7),
  });
});

describe('FrameSelection', () => {
  it('gives each frame asked for itself, or the next that decodes, and lets few others through', () => {
    fc.assert(
      fc.property(scenario, ({ times, indices, decoded, offset }) => {
        const { result, passed, isComplete } = served(times, indices, decoded, offset);
        const expected = indices
          .map((index) => [index, decoded.find((position) => position >= index)] as const)
          .filter(([, position]) => position !== undefined);
        expect([...result]).toEqual(expected);
        expect(isComplete).toBe(expected.length === indices.length);
        expect(passed).toBeLessThanOrEqual(indices.length);
      }),
      { numRuns: 500 },
    );
  });

  it('gives frames of one and the same time one by one', () => {
    const selection = new FrameSelection(Float64Array.of(0, 1, 1, 1, 2), [0, 1, 2, 3, 4]);
    expect([0, 1, 1, 1, 2].map((time) => selection.take(time))).toEqual([[0], [1], [2], [3], [4]]);
  });

  it('ignores a stream that jumps back', () => {
    const selection = new FrameSelection(Float64Array.of(0, 1, 2, 3), [1, 3]);
    expect([0.2, 1, 0, 1, 3].map((time) => selection.take(time))).toEqual([[], [1], [], [], [3]]);
  });

  it('nests an expression of many indices no deeper than their logarithm', () => {
    const times = Float64Array.from({ length: 200_000 }, (_, i) => i / 30);
    const indices = Array.from({ length: 50_000 }, (_, i) => i * 4);
    let depth = 0;
    let deepest = 0;
    for (const character of new FrameSelection(times, indices).toExpression(0)) {
      if (character === '(') deepest = Math.max(deepest, ++depth);
      if (character === ')') depth--;
    }
    expect(deepest).toBeLessThan(22);
  });
});
