import autocannon from 'autocannon';

export interface LoadOptions {
  url: string;
  /** Requests sent one after the other by each connection, round and round. */
  requests: readonly { method: 'GET' | 'POST'; path: string; body?: string }[];
  connections: number;
  seconds: number;
  /** Requests a second, of all connections; as many as are answered if left out. */
  perSecond?: number;
}

export interface Load {
  /** Milliseconds of every answer. */
  latencies: number[];
  perSecond: number;
}

/** Asks over HTTP, without a pause or so often a second. @throws when an answer is no 200. */
export function load({ url, requests, connections, seconds, perSecond }: LoadOptions): Promise<Load> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    const instance = autocannon(
      {
        url,
        connections,
        duration: seconds,
        ...(perSecond === undefined ? {} : { overallRate: perSecond }),
        requests: requests.map(({ method, path, body }) => ({
          method,
          path,
          ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
        })),
      },
      (error, result) => {
        if (error) reject(error);
        else if (result.non2xx + result.errors > 0) {
          reject(
            new Error(
              `${result.non2xx} refusals and ${result.errors} errors of ${latencies.length} answers.`,
            ),
          );
        } else resolve({ latencies, perSecond: latencies.length / result.duration });
      },
    );
    // Its own statistics are in whole milliseconds.
    instance.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  });
}
