const HOUR_MS = 3_600_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
  y: 365 * 24 * HOUR_MS,
};

/** Milliseconds of `30m`, `12h`, `90d` or `1y`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})([mhdy])$/.exec(text.trim()) ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * UNITS_MS[unit]!;
}
