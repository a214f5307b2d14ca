import { expect, it } from 'vitest';
import { opposites } from './opposites.js';

it.each([
  ['A cat walks.', []],
  ['A cat moves left.', ['A cat moves right.']],
  ['It goes up, then left', ['It goes down, then left', 'It goes up, then right']],
  ['A car comes out of a tent', ['A car comes into a tent']],
  [
    'first a rocket grows, then it flies up',
    [
      'first a rocket shrinks, then it flies up',
      'first a rocket grows, then it flies down',
      'first it flies up, then a rocket grows',
    ],
  ],
  ['an upright lamp', []],
])('%s', (sentence, turned) => {
  expect(opposites(sentence)).toEqual(turned);
});
