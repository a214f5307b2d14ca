import type { ClipSearcher } from '../../ports/clip-index.js';
import type { EdgeFacts } from '../../ports/edge-copy.js';
import type { TextEncoder } from '../../ports/encoders.js';
import { rulerCaptions } from '../answers/caption-bank.js';
import { bestScores } from '../search/relevance-scale.js';
import { relevanceTexts } from '../search/relevance-texts.js';
import { factsChecksum } from './edge-checksums.js';

export interface FactsDependencies {
  index: ClipSearcher;
  textEncoder: TextEncoder;
  /** Of what the model was trained on. */
  captions: readonly string[];
}

/** What a copy at the edge has to know of its library and model, and cannot measure itself. */
export async function measureFacts({ index, textEncoder, captions }: FactsDependencies): Promise<EdgeFacts> {
  const ruler = rulerCaptions(captions);
  const facts = {
    model: textEncoder.model,
    relevance: [...(await bestScores(index, textEncoder, relevanceTexts(captions)))],
    captions: ruler,
    captionVectors: await textEncoder.encode(ruler),
  };
  return { ...facts, checksum: factsChecksum(facts) };
}
