import { AppError } from '../domain/errors.js';

export interface DrawOptions {
  seed: number;
  resamples: number;
}

/** @throws AppError `invalid-input` for what is no whole number of at least `least`. */
export function wholeNumber(
  flag: string,
  value: string | undefined,
  byDefault: number,
  least: number,
): number {
  if (value === undefined) return byDefault;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least) return number;
  throw new AppError(
    'invalid-input',
    `--${flag} takes a whole number from ${least}, not ${JSON.stringify(value)}.`,
  );
}
