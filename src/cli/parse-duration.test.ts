import { expect, it } from 'vitest';
import { parseDuration } from './parse-duration.js';

it.each([
  ['30m', 1_800_000],
  ['12h', 43_200_000],
  ['90d', 7_776_000_000],
  ['1y', 31_536_000_000],
])('%s is %i ms', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

it.each(['', '12', 'h', '-1h', '1.5h', '1w', '9999999d', '2030-12-31'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
