import { exponential, type Random } from './distributions.js';
import type { Simulation } from './simulation.js';

const DAY_SECONDS = 86_400;

/** How many come a second, at a time of day. */
export interface Traffic {
  meanPerSecond: number;
  /** At the busiest time so much above the mean, as a share of it, and as much below at the quietest. */
  dailySwing: number;
  /** Rises to so many times what it would be, for a while. */
  burst: { factor: number; startSeconds: number; seconds: number };
}

/** @param seconds after the busiest time of the day; may be negative */
export function rateAt({ meanPerSecond, dailySwing, burst }: Traffic, seconds: number): number {
  const daily = 1 + dailySwing * Math.cos((2 * Math.PI * seconds) / DAY_SECONDS);
  const isBurst = seconds >= burst.startSeconds && seconds < burst.startSeconds + burst.seconds;
  return meanPerSecond * daily * (isBurst ? burst.factor : 1);
}

/**
 * A Poisson process whose rate changes, by thinning one of the highest rate (Lewis and Shedler 1979).
 * @param startSeconds the time of day when the simulation's clock stands at zero, after the busiest
 * @param untilSeconds of the simulation's clock
 */
export function arrive(
  simulation: Simulation,
  random: Random,
  traffic: Traffic,
  startSeconds: number,
  untilSeconds: number,
  arrival: () => void,
): void {
  const highest =
    traffic.meanPerSecond * (1 + Math.abs(traffic.dailySwing)) * Math.max(1, traffic.burst.factor);
  const gap = exponential(random, 1 / highest);
  const next = () => {
    simulation.after(gap(), () => {
      if (simulation.nowSeconds > untilSeconds) return;
      if (random() * highest < rateAt(traffic, startSeconds + simulation.nowSeconds)) arrival();
      next();
    });
  };
  next();
}
