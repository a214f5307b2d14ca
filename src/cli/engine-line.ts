import type { ModelInfo } from '../ports/encoders.js';

/** What encodes videos, in words, and why not the GPU where there is something to say. */
export function engineLine({ kernel, engineNote }: Pick<ModelInfo, 'kernel' | 'engineNote'>): string {
  if (kernel === 'cuda') return 'The GPU encodes videos (CUDA).';
  const cpu = `The CPU encodes videos (${kernel}).`;
  return engineNote === undefined ? cpu : `${cpu} ${engineNote}`;
}
