import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { clusteredVectors } from '../../test/contract/clip-index.contract.js';
import { MemoryLedger } from '../../test/support/memory-ledger.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { HnswIndex } from '../adapters/index-hnsw/hnsw-index.js';
import { AppError } from '../domain/errors.js';
import { keepIndexSaved } from './keep-index-saved.js';

beforeEach(() => {
  // Only these: what the index does meanwhile takes the time it takes.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

const follow = async () => {};
const state = { size: 1, lastClipId: 1, unarranged: 0, dead: 0 };

it('leaves a file from which one who was ended hard goes on', async () => {
  const dimension = 8;
  const options = {
    folder: await temporaryFolder(),
    dimension,
    modelFingerprint: 'model',
    ledger: new MemoryLedger(),
  };
  const index = await HnswIndex.open(options);
  const keeping = keepIndexSaved(index, follow);
  await index.add(clusteredVectors(300, dimension));
  await index.settled();
  vi.advanceTimersByTime(60_000);
  await keeping.close();
  // Nobody saved or closed the first one.
  expect((await HnswIndex.open(options)).size).toBe(300);
});

it('waits while the index is arranging, and goes on after a save that failed', async () => {
  const outcomes: string[] = [];
  const states = [{ ...state, unarranged: 5 }, state, state];
  const keeping = keepIndexSaved(
    {
      state: async () => states.shift() ?? state,
      save: async () => {
        outcomes.push('save');
        if (outcomes.length === 1) throw new AppError('out-of-storage', 'The disk is full.');
      },
    },
    follow,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcomes).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcomes).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcomes).toHaveLength(2);
  await keeping.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('closes when what it is saving is saved', async () => {
  let saved = () => {};
  let isClosed = false;
  const keeping = keepIndexSaved(
    {
      state: async () => state,
      save: () =>
        new Promise((resolve) => {
          saved = resolve;
        }),
    },
    follow,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  const closing = keeping.close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(isClosed).toBe(false);
  saved();
  await closing;
  expect(vi.getTimerCount()).toBe(0);
});
