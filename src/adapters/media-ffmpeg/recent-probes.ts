import { stat } from 'node:fs/promises';
import type { ProbedMedia } from './probe-media.js';

const KEPT = 8;
/** Nine hours at 30 a second; eight such lists take 64 MB. */
const MAX_FRAMES = 1_000_000;

/**
 * What was found out about the files that were looked at last. To list the frames of a long video, all of it is read: too
 * much for each of the pictures that a page shows of it.
 */
export class RecentProbes {
  /** By path, size and time of the last change; the one used least lately first. */
  readonly #probes = new Map<string, ProbedMedia>();

  /** @param probe is asked when the file is not known as it is now. */
  async of(path: string, probe: () => Promise<ProbedMedia>): Promise<ProbedMedia> {
    const key = await keyOf(path);
    const media = this.#probes.get(key) ?? (await probe());
    this.#probes.delete(key);
    if (media.info.frameTimes.length <= MAX_FRAMES) this.#probes.set(key, media);
    if (this.#probes.size > KEPT) this.#probes.delete(this.#probes.keys().next().value!);
    return media;
  }
}

/** A file that is not there has a key, too: it is for `probe` to say so. */
async function keyOf(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  return JSON.stringify([path, file?.size, file?.mtimeMs]);
}
