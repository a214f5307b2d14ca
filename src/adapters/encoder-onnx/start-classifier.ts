import { AppError } from '../../domain/errors.js';
import { preprocessClip } from '../../model/preprocess/preprocess-clip.js';
import { loadBundle } from '../../model/read-bundle.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import { usableEmbedding } from '../../model/usable-embedding.js';
import type { ClipFrames } from '../../ports/encoders.js';
import { choosePrecision } from './choose-precision.js';
import { VideoEngine } from './video-engine.js';
import type { EngineWorkerData, RunningEncoder } from './worker-operations.js';

/**
 * From frames to logits, in the thread it is called on. In the description of the model, `dimension` is the number of
 * classes.
 * @throws AppError `file-not-found` or `invalid-model` when the bundle cannot be loaded, `invalid-input` when it is no
 * classification model.
 */
export async function startClassifier(
  { bundleDirectory, threads }: EngineWorkerData,
  kernel: BlockKernel,
): Promise<RunningEncoder<readonly ClipFrames[]>> {
  const bundle = await loadBundle(bundleDirectory);
  const { description, fingerprint } = bundle;
  const { name, video, preprocessing, clips } = description;
  if (description.kind !== 'classification') {
    throw new AppError('invalid-input', `Bundle ${name} is a retrieval model; it has no classes.`, {
      hint: 'Name a classification bundle with --bundle; videre models import makes one of a checkpoint.',
    });
  }
  const engine = await VideoEngine.load(bundle, kernel, {
    threads,
    precision: choosePrecision(description, kernel),
  });
  return {
    model: {
      name,
      fingerprint,
      dimension: description.classes,
      framesPerClip: video.frames,
      clips,
      kernel: kernel.name,
    },
    async encode(shown) {
      const logits: Float32Array[] = [];
      for (const clip of shown) {
        const pixels = preprocessClip(clip, video, preprocessing);
        logits.push(usableEmbedding((await engine.classify(pixels, 1)).logits, 'a clip'));
      }
      return logits;
    },
    close: () => engine.close(),
  };
}
