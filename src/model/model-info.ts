import type { ModelInfo } from '../ports/encoders.js';
import type { RetrievalBundle } from './bundle.js';
import type { LoadedBundle } from './loaded-bundle.js';

/** @param kernel name of the scan kernel that runs the bundle's video encoder on this machine */
export function modelInfo(
  { fingerprint }: LoadedBundle,
  { name, projection, video, clips }: RetrievalBundle,
  kernel: string,
): ModelInfo {
  return { name, fingerprint, dimension: projection, framesPerClip: video.frames, clips, kernel };
}
