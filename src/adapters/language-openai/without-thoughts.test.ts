import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WithoutThoughts } from './without-thoughts.js';

function streamed(text: string, cuts: readonly number[] = []): string {
  const thoughts = new WithoutThoughts();
  const ends = [...cuts, text.length].sort((left, right) => left - right);
  const pieces = ends.map((end, order) => text.slice(order === 0 ? 0 : ends[order - 1], end));
  return pieces.map((piece) => thoughts.push(piece)).join('') + thoughts.end();
}

it.each([
  ['<think>It is red, or < green.</think>\n\nRed.', 'Red.'],
  ['\n<think></think>Red.', 'Red.'],
  ['Red. <think>no thought</think>', 'Red. <think>no thought</think>'],
  ['<thin', '<thin'],
  ['<think>never ending', ''],
  ['', ''],
])('%j is %j, however it is cut', (text, answer) => {
  expect(streamed(text)).toBe(answer);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
      expect(streamed(text, cuts).trim()).toBe(answer.trim());
    }),
  );
});
