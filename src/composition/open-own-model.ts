import { DecoderLanguageModel } from '../adapters/decoder-onnx/decoder-language-model.js';
import { readBundleDescription } from '../model/read-bundle.js';
import type { LanguageModel } from '../ports/language-model.js';

/**
 * The decoder that comes with a bundle; undefined where it has none.
 * @throws AppError `file-not-found`, `invalid-model`.
 */
export async function openOwnModel(
  bundleDirectory: string,
  workerModule: URL,
): Promise<LanguageModel | undefined> {
  const description = readBundleDescription(bundleDirectory);
  if (description.kind !== 'retrieval' || description.decoder === undefined) return undefined;
  return DecoderLanguageModel.load({ bundleDirectory, workerModule });
}
