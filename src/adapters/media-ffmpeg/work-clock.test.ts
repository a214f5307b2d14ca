import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkClock } from './work-clock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a clock that was stopped keeps no process waiting, and never expires', () => {
  const onExpired = vi.fn();
  const clock = new WorkClock(1000, onExpired);
  clock.pause();
  clock.stop();
  // Whoever looked at the last picture while the program ended.
  clock.resume();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(onExpired).not.toHaveBeenCalled();
});
