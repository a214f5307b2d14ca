import { expect, it } from 'vitest';
import { opposites } from './opposites.js';

it.each([
  ['A cat walks.', []],
  ['A cat moves left.', ['A cat moves right.', 'A cat moves up.', 'A cat moves down.']],
  ['A cat on the left', ['right', 'top', 'bottom', 'middle'].map((side) => expect.stringContaining(side))],
  ['To the left, clockwise', ['to the right, clockwise', 'To the left, counterclockwise']],
  ['A car comes out of a tent', ['A car comes into a tent']],
  [
    'first a rocket grows, then it rises',
    [
      'first a rocket shrinks, then it rises',
      'first a rocket grows, then it falls',
      'first it rises, then a rocket grows',
    ],
  ],
  ['an upright lamp', []],
])('%s', (sentence, turned) => {
  expect(opposites(sentence)).toEqual(turned);
});
