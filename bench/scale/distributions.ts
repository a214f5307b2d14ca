/** Of the standard normal distribution: a hundredth of it lies above. */
const HIGHEST_HUNDREDTH = 2.3263;

export type Random = () => number;
export type Draw = () => number;

export function exponential(random: Random, mean: number): Draw {
  return () => -mean * Math.log(1 - random());
}

/** Most are near the median and few far above it, as service times and lengths of videos are. */
export function lognormal(random: Random, median: number, sigma: number): Draw {
  return () => median * Math.exp(sigma * gaussian(random));
}

export function sigmaByMean(median: number, mean: number): number {
  return Math.sqrt(2 * Math.log(mean / median));
}

export function sigmaByHighest(median: number, highestHundredth: number): number {
  return Math.log(highestHundredth / median) / HIGHEST_HUNDREDTH;
}

/** Box and Muller's. */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
