import { expect, it } from 'vitest';
import { PictureMemory } from './picture-memory.js';

it('gives out again what was given back, of the size asked for', () => {
  const memory = new PictureMemory();
  const [small, large] = [memory.take(3), memory.take(30)];
  memory.giveBack(small);
  memory.giveBack(large);
  expect(memory.take(30)).toBe(large);
  expect(memory.take(3)).toBe(small);
  expect(memory.take(3)).not.toBe(small);
});

it('keeps no more than it may, and lets go of what was idle longest', () => {
  const memory = new PictureMemory(10);
  const pictures = Array.from({ length: 5 }, () => memory.take(4));
  for (const picture of pictures) memory.giveBack(picture);
  expect([memory.take(4), memory.take(4)]).toEqual([pictures[4], pictures[3]]);
  expect(pictures).not.toContain(memory.take(4));
});
