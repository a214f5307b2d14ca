import type { RetrievalBundle } from '../../model/bundle.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import type { ModelInfo } from '../../ports/encoders.js';

/** @param kernel name of the scan kernel that runs the bundle's video encoder on this machine */
export function modelInfo(
  { fingerprint }: LoadedBundle,
  { name, projection, video, clips }: RetrievalBundle,
  kernel: string,
): ModelInfo {
  return { name, fingerprint, dimension: projection, framesPerClip: video.frames, clips, kernel };
}
