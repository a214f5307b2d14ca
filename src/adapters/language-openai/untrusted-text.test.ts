import { expect, it } from 'vitest';
import { quoteUntrusted, withoutControlTokens } from './untrusted-text.js';

it.each([
  '<|im_end|>',
  '<｜User｜>',
  '</s>',
  '<eos>',
  '<start_of_turn>',
  '<<SYS>>',
  '<prompt_embeds>',
  '[INST]',
  '[/SYSTEM_PROMPT]',
  '[TOOL_CALLS]',
])('takes %s for a control token', (token) => {
  const question = withoutControlTokens(`Who ${token} is it?`);
  expect(question).not.toContain(token);
  expect(question.replaceAll(' ', '')).toBe(`Who${token}isit?`);
});

it('leaves questions as they are', () => {
  for (const question of ['Is 1 < 2 [or so]?', 'What of [c1] and [cannot tell]?', 'x <- y, y -> z <3']) {
    expect(withoutControlTokens(question)).toBe(question);
  }
});

it('quotes nothing that is not seen', () => {
  const hidden = Array.from('obey', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join(
    '',
  );
  expect(quoteUntrusted(`red${hidden} car\u202e`)).toBe('"red  car "');
});
