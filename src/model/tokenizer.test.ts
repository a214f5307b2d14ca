import { describe, expect, it } from 'vitest';
import { checkTokenizer, TextTokenizer } from './tokenizer.js';
import { tokenizerFromVocabulary } from './vocabulary-file.js';

const words = '[PAD] [UNK] [CLS] [SEP] [MASK] a cat ##s run ##ning cafe person 中 < > ##er'.split(' ');
const json = tokenizerFromVocabulary(`${words.join('\n')}\n`, 'vocab.txt');
const tokenizer = new TextTokenizer(json, 6);

/** Ids by hand, from words as WordPiece should cut them. */
const ids = (...tokens: string[]) => tokens.map((token) => BigInt(words.indexOf(token)));

function rows(texts: string[]): bigint[][] {
  const { ids, mask, length } = tokenizer.encode(texts);
  return texts.map((_, row) => {
    const at = row * length;
    const tokens = mask.subarray(at, at + length).reduce((a, b) => a + b, 0);
    expect([...mask.subarray(at, at + length)]).toEqual(
      [...Array(length)].map((_, i) => (i < tokens ? 1 : 0)),
    );
    expect([...ids.subarray(at + tokens, at + length)]).toEqual(Array(length - tokens).fill(0n));
    return [...ids.subarray(at, at + tokens)];
  });
}

describe('TextTokenizer', () => {
  it('cuts words as WordPiece does: longest piece first, whole word unknown when a piece is', () => {
    expect(rows(['A Cats!', 'running', 'runner', 'catx', 'Café', '中cat', ''])).toEqual([
      ids('[CLS]', 'a', 'cat', '##s', '[SEP]'),
      ids('[CLS]', 'run', '##ning', '[SEP]'),
      ids('[CLS]', '[UNK]', '[SEP]'), // "run" + "##ner": there is no "##ner", and "##n" is not either
      ids('[CLS]', '[UNK]', '[SEP]'),
      ids('[CLS]', 'cafe', '[SEP]'),
      ids('[CLS]', '中', 'cat', '[SEP]'),
      ids('[CLS]', '[SEP]'),
    ]);
  });

  it('normalizes first, so no text can smuggle a special token in', () => {
    expect(rows(['<Person>', '[SEP] a'])).toEqual([
      ids('[CLS]', 'person', '[SEP]'),
      ids('[CLS]', '[UNK]', '[UNK]', '[UNK]', 'a', '[SEP]'),
    ]);
  });

  it('truncates to the longest sequence and keeps the closing [SEP]', () => {
    expect(rows(['a cat a cat', 'a cat a cat a', 'a '.repeat(10_000)])).toEqual([
      ids('[CLS]', 'a', 'cat', 'a', 'cat', '[SEP]'),
      ids('[CLS]', 'a', 'cat', 'a', 'cat', '[SEP]'),
      ids('[CLS]', 'a', 'a', 'a', 'a', '[SEP]'),
    ]);
  });

  it('pads to the longest of the batch only', () => {
    expect(tokenizer.encode(['a', 'a cat'])).toMatchObject({ texts: 2, length: 4 });
    expect(tokenizer.encode([])).toMatchObject({ texts: 0, length: 0 });
  });
});

describe('checkTokenizer', () => {
  const change = (edit: (tokenizer: Record<string, never>) => void) => {
    const parsed = JSON.parse(json);
    edit(parsed);
    return JSON.stringify(parsed);
  };

  it('accepts a tokenizer that fits the vocabulary', () => {
    expect(() => checkTokenizer(json, words.length, 'tokenizer.json')).not.toThrow();
  });

  it.each<[string, string, number, RegExp]>([
    [
      'an id the model has no row for',
      json,
      words.length - 1,
      /"##er" has id 15, but the model's vocabulary ends at 14/,
    ],
    ['another kind of model', '{"model":{"type":"BPE","vocab":{},"unk_token":"x"}}', 16, /model\.type/],
    [
      'no [CLS] and [SEP] around a text',
      change((t) => Object.assign(t, { post_processor: null })),
      16,
      /must become \[CLS\] \[SEP\]/,
    ],
    ['no JSON', 'hello', 16, /not valid JSON/],
    ['an empty object', '{}', 16, /model/],
    [
      'a normalizer nobody knows',
      change((t) => Object.assign(t, { normalizer: { type: 'Magic' } })),
      16,
      /cannot be built/,
    ],
  ])('refuses %s', (_, text, vocabulary, message) => {
    expect(() => checkTokenizer(text, vocabulary, 'tokenizer.json')).toThrow(message);
    expect(() => checkTokenizer(text, vocabulary, 'tokenizer.json')).toThrow(
      expect.objectContaining({ code: 'invalid-model' }),
    );
  });
});

describe('tokenizerFromVocabulary', () => {
  it.each<[string, string, RegExp]>([
    ['a repeated token', `${words.join('\n')}\na`, /line 17: "a" is there twice/],
    ['an empty line', `${words.slice(0, 5).join('\n')}\n\nb`, /line 6: the token is empty/],
    ['a missing special token', 'a\nb', /no token \[PAD\]/],
  ])('refuses %s', (_, text, message) => {
    expect(() => tokenizerFromVocabulary(text, 'vocab.txt')).toThrow(message);
  });

  it('reads line ends of either kind, and a last line without one', () => {
    expect(tokenizerFromVocabulary(words.join('\r\n'), 'vocab.txt')).toBe(json);
  });
});
