import { EVERYDAY_SENTENCES } from '../answers/everyday-sentences.js';

/** Captions that make the scale of relevance: enough for steps of half a percent, encoded in about a second. */
const SCALE_CAPTIONS = 200;

/**
 * The bank of a `RelevanceScale`: a model is asked for things of its own world, and for things that it knows nothing of.
 * @param captions of what the model was trained on; some of them are taken, evenly spread.
 */
export function relevanceTexts(captions: readonly string[]): string[] {
  const step = Math.max(1, captions.length / SCALE_CAPTIONS);
  const some = Array.from(
    { length: Math.min(SCALE_CAPTIONS, captions.length) },
    (_, order) => captions[Math.floor(order * step)]!,
  );
  return [...new Set([...some, ...EVERYDAY_SENTENCES])];
}
