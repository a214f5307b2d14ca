import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchingQueue } from './batching-queue.js';

/** A queue whose batches end when the test says so. */
function heldQueue(options: { maxBatch: number; maxWaiting?: number }) {
  const batches: { items: readonly number[]; end: () => void; fail: (reason: Error) => void }[] = [];
  const run = (items: readonly number[]) =>
    new Promise<number[]>((resolve, reject) => {
      batches.push({ items, end: () => resolve(items.map((item) => item * 10)), fail: reject });
    });
  const queue = new BatchingQueue(run, { maxWaitMs: 5, maxWaiting: 100, ...options });
  const started = () => batches.map(({ items }) => items);
  return { queue, batches, started };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('BatchingQueue', () => {
  it('gives each caller its own result', async () => {
    const { queue, batches } = heldQueue({ maxBatch: 3 });
    const results = Promise.all([queue.submit(1), queue.submit(2), queue.submit(3)]);
    batches[0]!.end();
    expect(await results).toEqual([10, 20, 30]);
  });

  it('starts a full batch at once and one that is not full when its first item has waited', async () => {
    const { queue, started } = heldQueue({ maxBatch: 2 });
    void queue.submit(1);
    await vi.advanceTimersByTimeAsync(4);
    expect(started()).toEqual([]);
    void queue.submit(2);
    expect(started()).toEqual([[1, 2]]);

    const other = heldQueue({ maxBatch: 2 });
    void other.queue.submit(1);
    await vi.advanceTimersByTimeAsync(5);
    expect(other.started()).toEqual([[1]]);
  });

  it('gathers what comes while a batch runs, and sends it on when that is done', async () => {
    const { queue, batches, started } = heldQueue({ maxBatch: 4 });
    void queue.submit(1);
    await vi.advanceTimersByTimeAsync(5);
    for (const item of [2, 3, 4]) void queue.submit(item);
    await vi.advanceTimersByTimeAsync(1000);
    expect(started()).toEqual([[1]]);
    batches[0]!.end();
    await settle();
    expect(started()).toEqual([[1], [2, 3, 4]]);
  });

  it('has a second full batch ready behind the one that runs, and no third', async () => {
    const { queue, batches, started } = heldQueue({ maxBatch: 2 });
    for (let item = 1; item <= 7; item++) void queue.submit(item);
    await settle();
    expect(started()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    batches[0]!.end();
    await settle();
    expect(started()).toHaveLength(3);
  });

  it('fails the callers of a failed batch and nobody else', async () => {
    const { queue, batches } = heldQueue({ maxBatch: 2 });
    const outcomes = Promise.allSettled([1, 2, 3, 4].map((item) => queue.submit(item)));
    batches[0]!.fail(new Error('the GPU is gone'));
    batches[1]!.end();
    expect(
      (await outcomes).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed')),
    ).toEqual(['failed', 'failed', 30, 40]);
  });

  it('lets no more wait than there are places, and the next in when one is free', async () => {
    const { queue, batches, started } = heldQueue({ maxBatch: 2, maxWaiting: 2 });
    const results = Promise.all(Array.from({ length: 9 }, (_, item) => queue.submit(item)));
    for (let ended = 0; ended < 5; ended++) {
      await vi.advanceTimersByTimeAsync(5);
      batches[ended]!.end();
    }
    expect(await results).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
    expect(started().map((items) => items.length)).toEqual([2, 2, 2, 2, 1]);
  });

  it('takes out what is aborted while it waits, inside or outside', async () => {
    const { queue, batches, started } = heldQueue({ maxBatch: 2, maxWaiting: 2 });
    const signal = new AbortController();
    const kept = [queue.submit(1), queue.submit(2), queue.submit(3), queue.submit(4)];
    const dropped = [queue.submit(5, signal.signal), queue.submit(6, signal.signal)];
    const after = queue.submit(7);
    const outcomes = Promise.allSettled(dropped);
    await settle();
    signal.abort(new Error('given up'));
    for (let ended = 0; ended < 3; ended++) {
      batches[ended]!.end();
      await vi.advanceTimersByTimeAsync(5);
    }
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await Promise.all([...kept, after])).toEqual([10, 20, 30, 40, 70]);
    expect(started().flat()).toEqual([1, 2, 3, 4, 7]);
  });

  it('is idle once everything has been answered', async () => {
    const { queue, batches } = heldQueue({ maxBatch: 2 });
    await queue.idle();
    let isIdle = false;
    void queue.submit(1);
    void queue.idle().then(() => {
      isIdle = true;
    });
    await vi.advanceTimersByTimeAsync(5);
    expect(isIdle).toBe(false);
    batches[0]!.end();
    await settle();
    expect(isIdle).toBe(true);
  });
});
