/** How slowly a file may come before it is given up. */
export interface Pace {
  /** From its first byte to its last. */
  deadlineMs: number;
  /** On average over every minute of waiting for it. */
  leastBytesPerMinute: number;
}

/** Says in what way, with the source as `it`. */
export class TooSlow extends Error {}

const MINUTE_MS = 60_000;

/**
 * What the source gives, as long as it keeps the pace. Only the time spent waiting for the source counts towards its
 * rate: who reads may take their time. Looked at whenever bytes come, so the source has to end silence by itself.
 * @param clock milliseconds, on a clock that cannot be set
 * @throws TooSlow when it does not, and what the source throws.
 */
export async function* paced(
  source: AsyncIterable<Uint8Array>,
  { deadlineMs, leastBytesPerMinute }: Pace,
  clock: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array> {
  const startedMs = clock();
  let askedMs = startedMs;
  let waitedMs = 0;
  let bytes = 0;
  for await (const chunk of source) {
    const nowMs = clock();
    waitedMs += nowMs - askedMs;
    bytes += chunk.length;
    if (nowMs - startedMs > deadlineMs)
      throw new TooSlow(`it takes longer than ${deadlineMs / MINUTE_MS} minutes`);
    if (waitedMs >= MINUTE_MS) {
      const bytesPerMinute = (bytes / waitedMs) * MINUTE_MS;
      if (bytesPerMinute < leastBytesPerMinute) {
        throw new TooSlow(`it sends fewer than ${leastBytesPerMinute} bytes a minute`);
      }
      waitedMs = 0;
      bytes = 0;
    }
    yield chunk;
    askedMs = clock();
  }
}
