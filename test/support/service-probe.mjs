import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

// Preloaded into a server that is watched (`--import`): tells whoever started it how late its event loop was. In
// JavaScript, because it comes before any loader.

const RESOLUTION_MS = 1;

if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

  process.on('message', (message) => {
    if (message === 'loop-reset') delay.reset();
    if (message === 'loop-read') {
      process.send({
        p50Ms: late(delay.percentile(50)),
        p99Ms: late(delay.percentile(99)),
        maxMs: late(delay.max),
      });
    }
  });
  // The server's end is not to wait for ours.
  process.channel.unref();
}
