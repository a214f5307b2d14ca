import { expect, it } from 'vitest';
import { Turns } from './turns.js';

it('lets so many go on at once, the others in their order, and refuses those that would wait too long', async () => {
  const turns = new Turns({ atOnce: 2, mostWaiting: 3, tooMany: 'Too many.' });
  const begun: number[] = [];
  const endings: (() => void)[] = [];
  const work = (name: number) =>
    turns.take(() => {
      begun.push(name);
      return new Promise<void>((resolve, reject) =>
        endings.push(name === 1 ? () => reject(new Error('broken')) : resolve),
      );
    });
  const taken = [0, 1, 2, 3, 4].map((name) => work(name).catch(({ message }) => message));
  await expect(work(5)).rejects.toMatchObject({ code: 'overloaded', message: 'Too many.' });
  expect(begun).toEqual([0, 1]);
  for (let ended = 0; ended < 5; ended++) {
    expect(begun.length - ended).toBeLessThanOrEqual(2);
    endings[ended]!();
    await taken[ended];
  }
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(await taken[1]).toBe('broken');
});
