import { describe, expect, it } from 'vitest';
import { SpokenWords } from './spoken-words.js';

describe('SpokenWords', () => {
  it('sets words apart and puts pieces of a word together', () => {
    const words = new SpokenWords();
    const added = ['a', 'z', '##e', '##bra', 'moves', 'left'].map((piece) => words.add(piece));
    expect(words.text).toBe('a zebra moves left');
    expect(added.join('')).toBe(words.text);
    expect(added).toEqual(['a', ' z', 'e', 'bra', ' moves', ' left']);
  });
});
