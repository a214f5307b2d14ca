import { remote } from './adapters/worker-thread/remote-result.js';
import { loadWholeBundle } from './model/read-bundle.js';

/** Entry of the thread that reads a whole bundle for its fingerprint, which takes a second for each few hundred megabytes. */
export const fingerprint = remote(async (folder: string) => (await loadWholeBundle(folder)).fingerprint);
