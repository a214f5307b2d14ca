import { AppError } from '../domain/errors.js';
import type { Catalog } from '../ports/catalog.js';
import type { ModelInfo } from '../ports/encoders.js';

/**
 * Vectors of two models mean nothing to each other.
 * @throws AppError `model-mismatch` when the library holds vectors of another model.
 */
export async function assertSameModel(catalog: Catalog, model: ModelInfo): Promise<void> {
  const stored = await catalog.modelFingerprint();
  if (stored === undefined || stored === model.fingerprint) return;
  throw new AppError(
    'model-mismatch',
    `This library was made with model ${short(stored)}, not with ${model.name} (${short(model.fingerprint)}).`,
    {
      hint: 'Name the bundle it was made with (--bundle), bring the library to this one (videre models use), or name another library (--data).',
      details: { stored, loaded: model.fingerprint },
    },
  );
}

/** Enough of a fingerprint to tell two apart by eye. */
function short(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}
