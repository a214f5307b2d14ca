import type { LoadedBundle } from '../loaded-bundle.js';
import { tensorOfShape } from '../onnx/layers.js';
import type { ScanDirection } from '../selective-scan.js';
import { videoGeometry } from './geometry.js';
import { type Direction, mixerOf, suffixOf } from './tensor-names.js';

type ScanParameters = Pick<ScanDirection, 'A' | 'D' | 'deltaBias'>;
export type BlockScanParameters = Record<Direction, ScanParameters>;

/**
 * What the scan of each block keeps of the weights: A = -exp(A_log) [E, N], D [E] and the bias of delta [E].
 * @throws AppError `invalid-model` when a tensor is missing or has another shape than the architecture says.
 */
export function scanParameters(bundle: LoadedBundle): BlockScanParameters[] {
  const { depth, stateSize } = bundle.description.video;
  const { channels } = videoGeometry(bundle.description.video);
  const read = (mixer: string, suffix: string): ScanParameters => ({
    A: tensorOfShape(bundle, `${mixer}.A${suffix}_log`, [channels, stateSize]).map((log) => -Math.exp(log)),
    D: tensorOfShape(bundle, `${mixer}.D${suffix}`, [channels]),
    deltaBias: tensorOfShape(bundle, `${mixer}.dt_proj${suffix}.bias`, [channels]),
  });
  return Array.from({ length: depth }, (_, block) => {
    const mixer = mixerOf(bundle.description, block);
    return { forward: read(mixer, suffixOf.forward), backward: read(mixer, suffixOf.backward) };
  });
}
