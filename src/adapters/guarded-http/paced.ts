/** How slowly a file may come before it is given up. */
export interface Pace {
  /** From its first byte to its last. */
  deadlineMs: number;
  /** On average over every minute of waiting for it. */
  leastBytesPerMinute: number;
}

/** A link of 128 kbit/s is waited for; a server that drips, to hold whoever waits, is not. */
export const DOWNLOAD_PACE: Pace = { deadlineMs: 6 * 3_600_000, leastBytesPerMinute: 60 * 16 * 1024 };

const MINUTE_MS = 60_000;

/**
 * What the source gives, as long as it keeps the pace. Only the time spent waiting for the source counts towards its
 * rate: who reads may take their time. Looked at whenever bytes come, so the source has to end silence by itself.
 * @param clock milliseconds, on a clock that cannot be set
 * @throws Error when it does not, and what the source throws.
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
      throw new Error(`it takes longer than ${deadlineMs / MINUTE_MS} minutes`);
    if (waitedMs >= MINUTE_MS) {
      const bytesPerMinute = (bytes / waitedMs) * MINUTE_MS;
      if (bytesPerMinute < leastBytesPerMinute) {
        throw new Error(`it sends fewer than ${leastBytesPerMinute} bytes a minute`);
      }
      waitedMs = 0;
      bytes = 0;
    }
    yield chunk;
    askedMs = clock();
  }
}
