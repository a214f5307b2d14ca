import { expect, it } from 'vitest';
import { wordQuery } from './word-query.js';

it('passes over words that say nothing, unless there are no others', () => {
  expect(wordQuery('The cat on a "mat" NEAR(x)')).toBe('"cat" OR "mat" OR "near" OR "x"');
  expect(wordQuery('the of')).toBe('"the" OR "of"');
  expect(wordQuery('% _ " *')).toBeUndefined();
});
