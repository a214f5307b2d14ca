import { setMaxListeners } from 'node:events';

/**
 * A signal that is aborted at the first Ctrl-C (or SIGTERM), so that work under way ends cleanly; the second one
 * ends the process at once, as without us.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  // Each file and clip under way listens; many at once are no leak.
  setMaxListeners(0, controller.signal);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort());
  }
  return controller.signal;
}
