import { expect, it } from 'vitest';
import { AppError } from '../../domain/errors.js';
import { CircuitBreaker } from './circuit-breaker.js';

function breakerAt(clock: { ms: number }) {
  const refusal = (seconds: number) => new AppError('overloaded', `Wait ${seconds} s.`);
  return new CircuitBreaker({ failures: 2, pauseMs: 1000, refusal, now: () => clock.ms });
}

it('refuses after failures in a row, lets one try after the pause, and closes when that one succeeds', () => {
  const clock = { ms: 0 };
  const breaker = breakerAt(clock);
  breaker.failed();
  breaker.assertClosed();
  breaker.failed();
  clock.ms = 999;
  expect(() => breaker.assertClosed()).toThrow('Wait 1 s.');
  clock.ms = 1000;
  breaker.assertClosed();
  expect(() => breaker.assertClosed()).toThrow('Wait 1 s.');
  breaker.succeeded();
  breaker.assertClosed();
  breaker.assertClosed();
});

it('pauses again when the one that was let through fails', () => {
  const clock = { ms: 0 };
  const breaker = breakerAt(clock);
  breaker.failed();
  breaker.failed();
  clock.ms = 1500;
  breaker.assertClosed();
  breaker.failed();
  clock.ms = 2400;
  expect(() => breaker.assertClosed()).toThrow('Wait 1 s.');
  clock.ms = 2500;
  breaker.assertClosed();
});

it('forgets failures that are not in a row', () => {
  const breaker = breakerAt({ ms: 0 });
  for (let round = 0; round < 5; round++) {
    breaker.failed();
    breaker.succeeded();
  }
  breaker.assertClosed();
});
