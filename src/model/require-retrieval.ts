import { AppError } from '../domain/errors.js';
import type { RetrievalBundle } from './bundle.js';
import type { LoadedBundle } from './loaded-bundle.js';

/** @throws AppError `invalid-input` when the bundle is no retrieval model. */
export function requireRetrieval({ description }: LoadedBundle): RetrievalBundle {
  if (description.kind !== 'retrieval') {
    throw new AppError(
      'invalid-input',
      `Model ${description.name} is a ${description.kind} model; search needs a retrieval model.`,
    );
  }
  return description;
}
