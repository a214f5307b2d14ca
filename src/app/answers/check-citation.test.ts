import { describe, expect, it, vi } from 'vitest';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import { CaptionBank } from './caption-bank.js';
import { checkCitation } from './check-citation.js';

/** A world of two things and one direction: [cat, boat, leftness]. */
class ToyEncoder implements TextEncoder {
  readonly model = {
    name: 'toy',
    fingerprint: 't',
    dimension: 3,
    framesPerClip: 1,
    clips: { windowSeconds: 1, strideSeconds: 1 },
    kernel: 'none',
  };

  async encode(texts: readonly string[]): Promise<Embedding[]> {
    const has = (text: string, word: string) => (text.includes(word) ? 1 : 0);
    return texts.map((text) =>
      Float32Array.from([
        has(text, 'cat'),
        has(text, 'boat'),
        has(text, 'left') - has(text, 'right') - has(text, 'starboard'),
      ]),
    );
  }

  async close(): Promise<void> {}
}

const textEncoder = new ToyEncoder();
const bank = new CaptionBank(['a boat', 'a boat goes right', 'nothing', 'a house goes right'], textEncoder);
/** A cat that moves to the left. */
const vector = Float32Array.from([1, 0, 0.5]);
const clip = {
  evidenceId: 'c1',
  clipId: 1,
  videoId: 'v',
  title: 't',
  startSeconds: 0,
  endSeconds: 1,
  score: 1,
};

async function check(sentence: string, question = 'What is there?') {
  const cited = { evidenceId: 'c1', sentence, position: 0 };
  const { support, verified } = await checkCitation(cited, { clip, vector }, question, { bank, textEncoder });
  return { support, verified };
}

describe('checkCitation', () => {
  it('believes what fits better than unrelated captions do', async () => {
    expect(await check('There is a cat here.')).toEqual({ support: 1, verified: true });
    expect(await check('There is a boat here.')).toMatchObject({ verified: false });
  });

  it('believes no sentence whose opposite fits better, however well it fits', async () => {
    expect(await check('The cat goes left quickly.')).toEqual({ support: 1, verified: true });
    expect(await check('The cat goes right quickly.')).toEqual({ support: 0, verified: false });
  });

  it('reads a short answer with its question', async () => {
    expect(await check('To the left.', 'Which way goes the cat?')).toMatchObject({ verified: true });
    expect(await check('To the right.', 'Which way goes the cat?')).toMatchObject({ verified: false });
  });

  it('believes no short answer without which the question fits better', async () => {
    expect(await check('A cat.', 'What goes left?')).toMatchObject({ verified: true });
    // Nothing of it is turned round, and it would fit well: but not as well as the cat alone.
    expect(await check('starboard', 'Where goes the cat?')).toEqual({ support: 0, verified: false });
  });

  it('believes no sentence that denies something: it would fit as if it did not', async () => {
    for (const denial of [
      'There is no cat here.',
      "The cat doesn't go left.",
      'It goes left without a cat.',
    ]) {
      expect(await check(denial)).toEqual({ support: 0, verified: false });
    }
    expect(await check('No, the cat goes left.', 'Does it go right?')).toMatchObject({ verified: true });
  });

  it('encodes a bounded number of texts, whatever a model was made to write', async () => {
    const encode = vi.spyOn(textEncoder, 'encode');
    await check(`A cat goes ${'left, right, '.repeat(2000)}.`, `Where ${'left or right '.repeat(100)}?`);
    await check('left', `Where is ${'left or right '.repeat(140)}?`);
    const texts = encode.mock.calls.flatMap(([each]) => each);
    expect(texts.length).toBeLessThan(80);
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(520);
    encode.mockRestore();
  });

  it('takes a no for the denial of what was asked', async () => {
    expect(await check('Yes.', 'Is there a cat?')).toMatchObject({ verified: true });
    expect(await check('No', 'Is there a cat?')).toEqual({ support: 0, verified: false });
    expect(await check('no.', 'Is there a boat?')).toMatchObject({ verified: true });
    expect(await check('None.', 'How many boats are there?')).toMatchObject({ verified: true });
    expect(await check('None.', 'How many cats are there?')).toMatchObject({ verified: false });
  });
});
