import { availableParallelism } from 'node:os';
import type { ModelInfo } from '../ports/encoders.js';

/** Each may hold a hundred megabytes of frames. */
const MOST = 16;

/** Files to ingest at a time beside this encoder: a GPU leaves all cores to the decoding, a file a core. */
export function filesAtOnce({ kernel }: Pick<ModelInfo, 'kernel'>): { filesAtOnce?: number } {
  if (kernel !== 'cuda') return {};
  return { filesAtOnce: Math.min(Math.max(availableParallelism(), 2), MOST) };
}
