import { closeAll, closingOnFailure } from './closing.js';
import type { Locations } from './data-folder.js';
import { openTextEncoding } from './encoding.js';
import { type LanguageModelServer, openAnswers, openServedModel } from './open-answers.js';
import { openSearchWith } from './open-search.js';

/** What searching and asking need. @throws AppError as `openSearch`, and for a language model that cannot be set up. */
export async function openAsking(settings: Locations & LanguageModelServer) {
  // Settings that cannot be are told of before anything is loaded.
  const served = openServedModel(settings);
  const encoding = await openTextEncoding(settings.bundleFolder);
  return closingOnFailure(encoding, async () => {
    const library = await openSearchWith(encoding, settings);
    return closingOnFailure(library, async () => {
      const answers = await openAnswers(served, encoding, library);
      return { ...library, answers, close: () => closeAll(answers, library).finally(() => encoding.close()) };
    });
  });
}
