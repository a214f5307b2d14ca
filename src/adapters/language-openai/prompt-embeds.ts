import type { LanguageModelV3TextPart } from '@ai-sdk/provider';
import type { ClipFeatures } from '../../ports/clip-features.js';
import type { Projector } from './projector.js';
import { torchTensor } from './torch-tensor.js';

const PART_TYPE = 'prompt_embeds';

/**
 * The projected features of a clip as vLLM's chat completions take them (with `--enable-prompt-embeds`): a content part
 * `{ type: 'prompt_embeds', data }`, `data` a base64 PyTorch file with a [tokens, hidden] tensor. The provider knows no
 * such part, so it travels as a text part until `embedsAsContent`.
 */
export function promptEmbedsPart(projector: Projector, features: ClipFeatures): LanguageModelV3TextPart {
  const { tokens, hidden, values } = projector.project(features);
  const data = torchTensor(values, [tokens, hidden]).toString('base64');
  return { type: 'text', text: '', providerOptions: { openaiCompatible: { type: PART_TYPE, data } } };
}

/** The body of a request, its `prompt_embeds` parts without the text they travelled with. */
export function embedsAsContent(body: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(body.messages)) return body;
  return { ...body, messages: body.messages.map(withoutTextOfEmbeds) };
}

function withoutTextOfEmbeds(message: { content?: unknown }): unknown {
  if (!Array.isArray(message.content)) return message;
  const content = message.content.map((part: { type: string; text?: string }) => {
    if (part.type !== PART_TYPE) return part;
    const { text: _, ...embeds } = part;
    return embeds;
  });
  return { ...message, content };
}
