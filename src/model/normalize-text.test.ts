import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeText } from './normalize-text.js';

describe('normalizeText', () => {
  it.each([
    ['A Man, running!', 'a man running'],
    ['two-piece and/or "three" (four)', 'two piece and or three four'],
    ["it's #1: a*b; c~d?", 'its 1 ab cd'],
    ['  a \t\n man  ', 'a man'],
    ['<person> waves at <PERSON>', 'person waves at person'],
    // Deletions come first, so they can complete the word ...
    ['<per.son>', 'person'],
    // ... and a slash is a space before `<person>` is looked for.
    ['</person>', '< person>'],
    ['<per-son>', '<per son>'],
    ['?!', ''],
  ])('turns %j into %j', (text, expected) => {
    expect(normalizeText(text)).toBe(expected);
  });

  it('leaves what is normal as it is, and no character it deletes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const normal = normalizeText(text);
        expect(normal).not.toMatch(/[,.'!?"()*#:;~/-]|\s\s|^\s|\s$/);
        if (!normal.includes('<')) expect(normalizeText(normal)).toBe(normal);
      }),
    );
  });
});
