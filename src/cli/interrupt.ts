/**
 * A signal that is aborted at the first Ctrl-C (or SIGTERM), so that work under way ends cleanly; the second one
 * ends the process at once, as without us.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort());
  }
  return controller.signal;
}
