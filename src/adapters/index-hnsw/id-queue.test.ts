import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdQueue } from './id-queue.js';

it('gives the first of those that are in, as a list would', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'delete', 'take'),
    id: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new IdQueue();
      let list: number[] = [];
      for (const { kind, id } of steps) {
        if (kind === 'add') {
          queue.add(id);
          if (!list.includes(id)) list.push(id);
        } else {
          const gone = kind === 'take' ? (queue.first ?? 0) : id;
          expect(queue.delete(gone)).toBe(list.includes(gone));
          list = list.filter((member) => member !== gone);
        }
        expect(queue.size).toBe(list.length);
        expect(new Set(queue)).toEqual(new Set(list));
      }
    }),
  );
});

it('keeps the order in which ids came', () => {
  const queue = new IdQueue([5, 3, 9]);
  queue.add(3);
  expect(queue.first).toBe(5);
  queue.delete(5);
  expect(queue.first).toBe(3);
  queue.delete(9);
  queue.delete(3);
  expect(queue.first).toBeUndefined();
  queue.add(9);
  expect(queue.first).toBe(9);
});
