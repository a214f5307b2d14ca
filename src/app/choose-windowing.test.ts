import { expect, it } from 'vitest';
import { chooseWindowing } from './choose-windowing.js';

const bundle = { windowSeconds: 3, strideSeconds: 1 };

it('cuts as the bundle says where nothing else is wished', () => {
  expect(chooseWindowing(bundle, {})).toEqual({ ...bundle, shots: true });
  expect(chooseWindowing({ ...bundle, shots: false }, { shots: true })).toMatchObject({ shots: false });
});

it('keeps the share of overlap with another window, unless a stride is wished too', () => {
  expect(chooseWindowing(bundle, { windowSeconds: 12 })).toMatchObject({
    windowSeconds: 12,
    strideSeconds: 4,
  });
  expect(chooseWindowing(bundle, { windowSeconds: 12, strideSeconds: 12 })).toMatchObject({
    strideSeconds: 12,
  });
  expect(chooseWindowing(bundle, { strideSeconds: 0.5, shots: false })).toEqual({
    windowSeconds: 3,
    strideSeconds: 0.5,
    shots: false,
  });
});

it('refuses gaps', () => {
  expect(() => chooseWindowing(bundle, { strideSeconds: 4 })).toThrow(/3 seconds that start every 4/);
});
