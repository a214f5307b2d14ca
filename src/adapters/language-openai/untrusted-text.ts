/** Longest title or caption that is quoted. */
const MAX_QUOTED = 500;

/**
 * A text from elsewhere as one line of JSON, in which whatever could be taken for a tag, a citation, Markdown or a
 * control token of a chat template (`</s>`, `<|im_start|>`, `[INST]`, `<prompt_embeds>`) is escaped.
 */
export function quoteUntrusted(text: string): string {
  const shortened = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  // Lone surrogates, what reorders text, and tags, which nobody sees and a model reads, are not worth keeping.
  const plain = shortened.replaceAll(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\u{E0000}-\u{E01EF}]+/gu, ' ');
  return JSON.stringify(plain).replaceAll(/[<>[\]|`{}]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * What a client asks, or a model answered before. It may say what it likes in its own role, but servers render messages into one
 * text before they tokenize, so that a control token in it could end the role: `<|im_end|>`, `<｜User｜>`, `</s>`, `<eos>`,
 * `[INST]`, `[SYSTEM_PROMPT]`, and whatever else looks like one.
 */
export function withoutControlTokens(text: string): string {
  return text
    .replaceAll(/\p{Cs}/gu, '\ufffd')
    .replaceAll(/<(?=[/|｜a-z_])/gi, '< ')
    .replaceAll(/(?<=[|｜])>/g, ' >')
    .replaceAll(/\[(?=\/?[A-Z_]{2,}\])/g, '[ ');
}
