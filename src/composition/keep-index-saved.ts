import type { ClipIndex } from '../ports/clip-index.js';

/** What a process that is ended hard may have to arrange again. */
const LEAST_PAUSE_MS = 60_000;
/** Pauses are this many times as long as the save before: a large index is not to keep the disk busy. */
const PAUSE_PER_SAVE = 20;

/**
 * Saves an index now and then while it is in use: when it has arranged everything, and has changed since. What cannot be
 * saved now is tried again the next time; until then the file stays as it was.
 * @param follow brings it in step with the catalog, which it may not be after its thread died.
 */
export function keepIndexSaved(
  index: Pick<ClipIndex, 'state' | 'save'>,
  follow: () => Promise<void>,
): { close(): Promise<void> } {
  let saving = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const saveIn = (pauseMs: number) => {
    timer = setTimeout(() => {
      saving = save();
    }, pauseMs);
    timer.unref();
  };
  const save = async () => {
    const startMs = performance.now();
    try {
      await follow();
      if ((await index.state()).unarranged === 0) await index.save();
    } catch {
      // A full disk or a thread that ended: whoever searches or adds hears of what is wrong.
    }
    if (!isClosed) saveIn(Math.max(LEAST_PAUSE_MS, PAUSE_PER_SAVE * (performance.now() - startMs)));
  };
  saveIn(LEAST_PAUSE_MS);
  return {
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await saving;
    },
  };
}
