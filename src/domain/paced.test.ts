import { describe, expect, it } from 'vitest';
import { paced } from './paced.js';

const SECOND_MS = 1000;
const PACE = { deadlineMs: 3600 * SECOND_MS, leastBytesPerMinute: 600 };

/** A source that lets `waitMs` pass before each of its chunks, on a clock of its own; tells whether it was ended. */
function dripping(chunkBytes: number, waitMs: number) {
  const state = { nowMs: 0, ended: false };
  async function* source() {
    try {
      while (true) {
        state.nowMs += waitMs;
        yield new Uint8Array(chunkBytes);
      }
    } finally {
      state.ended = true;
    }
  }
  return { state, body: paced(source(), PACE, () => state.nowMs) };
}

describe('paced', () => {
  it('gives up a source that drips within two minutes, and ends it', async () => {
    const { state, body } = dripping(1, 59 * SECOND_MS);
    const reading = (async () => {
      for await (const _ of body);
    })();
    await expect(reading).rejects.toThrow('fewer than 600 bytes a minute');
    expect(state).toEqual({ nowMs: 118 * SECOND_MS, ended: true });
  });

  it('gives up a source that was quick and then drips', async () => {
    let nowMs = 0;
    async function* source() {
      for (let chunk = 0; ; chunk++) {
        nowMs += SECOND_MS;
        yield new Uint8Array(chunk < 60 ? 10_000 : 1);
      }
    }
    const reading = (async () => {
      for await (const _ of paced(source(), PACE, () => nowMs));
    })();
    await expect(reading).rejects.toThrow('bytes a minute');
    expect(nowMs).toBe(120 * SECOND_MS);
  });

  it('waits for one that keeps the pace, and not for ever', async () => {
    const { state, body } = dripping(10, SECOND_MS);
    const reading = (async () => {
      for await (const _ of body);
    })();
    await expect(reading).rejects.toThrow('longer than 60 minutes');
    expect(state).toEqual({ nowMs: 3601 * SECOND_MS, ended: true });
  });

  it('does not blame the source for a slow reader', async () => {
    const { state, body } = dripping(10, SECOND_MS);
    for (let chunks = 0; chunks < 100; chunks++) {
      expect((await body.next()).done).toBe(false);
      state.nowMs += 30 * SECOND_MS;
    }
  });
});
