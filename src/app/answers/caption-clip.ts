import { AppError } from '../../domain/errors.js';
import type { Caption } from '../../ports/caption-store.js';
import { type AnswerDependencies, requireLanguageModel } from './answer-question.js';
import { findClip, locateClip } from './ask-clip.js';
import { gatherEvidence } from './gather-evidence.js';
import { PlainText } from './plain-text.js';

const MAX_TOKENS = 80;
const MAX_CAPTION_LENGTH = 300;

export type CaptionDependencies = Omit<AnswerDependencies, 'conversations'>;

/**
 * Has the language model describe a clip in a sentence, and stores it: from then on it is evidence, and found by its words.
 * @throws AppError `not-found`, `language-model-failed` for a model that says nothing, and what it throws itself.
 */
export async function captionClip(
  clipId: number,
  dependencies: CaptionDependencies,
  signal?: AbortSignal,
): Promise<Caption> {
  const languageModel = requireLanguageModel(dependencies);
  const located = await locateClip(clipId, dependencies);
  const { vector, ...found } = await findClip(located, located.title, dependencies, signal);
  const chosen = [{ clip: { evidenceId: 'c1', ...found }, vector }];
  const evidence = await gatherEvidence(chosen, languageModel.model, dependencies, signal);
  const plain = new PlainText();
  let text = '';
  const request = { task: { kind: 'caption' as const }, evidence, maxTokens: MAX_TOKENS };
  for await (const event of languageModel.generate(request, signal)) {
    if (event.type === 'delta') text += plain.push(event.text);
    else if (event.type === 'citation') text += plain.mark();
  }
  text = (text + plain.end()).replaceAll(/\s+/g, ' ').trim().slice(0, MAX_CAPTION_LENGTH);
  if (text === '')
    throw new AppError('language-model-failed', `The language model said nothing about clip ${clipId}.`);
  const caption = { clipId, text, model: languageModel.model.name, createdAtMs: Date.now() };
  if (!(await dependencies.captions.saveCaption(caption))) {
    throw new AppError('not-found', `The clip ${clipId} was deleted meanwhile.`);
  }
  return caption;
}
