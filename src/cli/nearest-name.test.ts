import { expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

const names = ['ingest', 'search', 'serve', 'eval', 'keys', 'models', 'doctor'];

it.each([
  ['serach', 'search'],
  ['sreve', 'serve'],
  ['key', 'keys'],
  ['Doctor', 'doctor'],
  ['model', 'models'],
])('%s was probably %s', (given, meant) => {
  expect(nearestName(given, names)).toBe(meant);
});

it.each(['', 'x', 'upload', 'configure'])('%j was none of them', (given) => {
  expect(nearestName(given, names)).toBeUndefined();
});
