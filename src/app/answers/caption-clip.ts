import { AppError } from '../../domain/errors.js';
import type { Caption, CaptionStore } from '../../ports/caption-store.js';
import type { StoredClip } from '../../ports/catalog.js';
import { type AnswerDependencies, requireLanguageModel } from './answer-question.js';
import { locateClip, notComparable } from './ask-clip.js';
import { comparableClips } from './found-clips.js';
import { gatherEvidence } from './gather-evidence.js';
import { PlainText } from './plain-text.js';

const MAX_TOKENS = 80;
const MAX_CAPTION_LENGTH = 300;

export interface CaptionDependencies extends Omit<AnswerDependencies, 'conversations' | 'captions'> {
  captions: CaptionStore;
}

/**
 * Has the language model describe a clip in a sentence, and stores it: from then on it is evidence, and found by its words.
 * @throws AppError `not-found`, `language-model-failed` for a model that says nothing, and what it throws itself.
 */
export async function captionClip(
  clipId: number,
  dependencies: CaptionDependencies,
  signal?: AbortSignal,
): Promise<Caption> {
  const { videoId } = await locateClip(clipId, dependencies);
  const clips = await comparableClips(videoId, dependencies);
  const clip = clips.find(({ id }) => id === clipId);
  if (clip === undefined) throw notComparable(clipId);
  return captionStoredClip(clip, dependencies, signal);
}

/** As `captionClip`, of a clip that was read already. */
export async function captionStoredClip(
  { id: clipId, videoId, startSeconds, endSeconds, vector }: StoredClip,
  dependencies: CaptionDependencies,
  signal?: AbortSignal,
): Promise<Caption> {
  const languageModel = requireLanguageModel(dependencies);
  const chosen = [{ clip: { evidenceId: 'c1', clipId, videoId, startSeconds, endSeconds }, vector }];
  const evidence = await gatherEvidence(chosen, languageModel.model, dependencies, signal);
  if (evidence.length === 0) throw deletedMeanwhile(clipId);
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
  if (!(await dependencies.captions.saveCaption(caption))) throw deletedMeanwhile(clipId);
  return caption;
}

function deletedMeanwhile(clipId: number): AppError {
  return new AppError('not-found', `The clip ${clipId} was deleted meanwhile.`);
}
