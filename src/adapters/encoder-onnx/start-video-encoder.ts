import { modelInfo } from '../../model/model-info.js';
import { preprocessClip } from '../../model/preprocess/preprocess-clip.js';
import { loadBundle } from '../../model/read-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import { usableEmbedding } from '../../model/usable-embedding.js';
import type { ClipFrames } from '../../ports/encoders.js';
import { choosePrecision } from './choose-precision.js';
import { VideoEngine } from './video-engine.js';
import type { EngineWorkerData, RunningEncoder } from './worker-operations.js';

/**
 * From frames to vectors, in the thread it is called on.
 * @throws AppError `file-not-found` or `invalid-model` when the bundle cannot be loaded, `invalid-input` when it is no
 * retrieval model.
 */
export async function startVideoEncoder(
  { bundleDirectory, threads }: EngineWorkerData,
  kernel: BlockKernel,
): Promise<RunningEncoder<readonly ClipFrames[]>> {
  const bundle = await loadBundle(bundleDirectory);
  const description = requireRetrieval(bundle);
  const engine = await VideoEngine.load(bundle, kernel, {
    threads,
    precision: choosePrecision(description, kernel),
  });
  return {
    model: modelInfo(bundle, description, kernel.name),
    async encode(clips) {
      const vectors: Float32Array[] = [];
      for (const clip of clips) {
        const pixels = preprocessClip(clip, description.video, description.preprocessing);
        vectors.push(usableEmbedding(await engine.embed(pixels, 1), 'a clip'));
      }
      return vectors;
    },
    close: () => engine.close(),
  };
}
