import { expect, it } from 'vitest';
import { Slots } from './slots.js';

it('lets only so many work at once, and passes on the turn of what has left', async () => {
  const slots = new Slots(1);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const control = new AbortController();
  const first = slots.run(work('first'));
  const second = slots.run(work('second'), control.signal);
  const third = slots.run(work('third'));

  control.abort('changed my mind');
  await expect(second).rejects.toBe('changed my mind');
  expect(begun).toEqual(['first']);
  ends[0]!();
  await first;
  await expect.poll(() => begun).toEqual(['first', 'third']);
  ends[1]!();
  await third;
});
