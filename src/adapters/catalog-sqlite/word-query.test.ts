import { expect, it } from 'vitest';
import { tellingWords } from '../catalog-parts/words.js';
import { wordQuery } from './word-query.js';

it('passes over words that say nothing, unless there are no others', () => {
  expect(wordQuery(tellingWords('The cat on a "mat" NEAR(x)'))).toBe('"cat" OR "mat" OR "near" OR "x"');
  expect(wordQuery(tellingWords('the of'))).toBe('"the" OR "of"');
  expect(tellingWords('% _ " *')).toEqual([]);
});
