/**
 * Filters that write the timestamp of every frame that passes to file descriptor 3, in nanoseconds. The metadata
 * filter only reports frames that have metadata, so each gets an entry first; `direct` writes before the frame goes on.
 */
export const REPORT_TIMESTAMPS = [
  'settb=expr=1/1000000000',
  'metadata=mode=add:key=videre:value=1',
  "metadata=mode=print:key=videre:file='pipe\\:3':direct=1",
].join(',');

/** @returns seconds, or undefined for a line that tells no timestamp. */
export function parseTimestamp(line: string): number | undefined {
  const nanoseconds = /^frame:\d+ +pts:(-?\d+)/.exec(line)?.[1];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}
