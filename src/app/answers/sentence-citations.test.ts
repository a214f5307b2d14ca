import { expect, it } from 'vitest';
import { SentenceCitations } from './sentence-citations.js';

it('gives a citation the sentence it is in, once that is whole', () => {
  const citations = new SentenceCitations();
  citations.push('It is red. A cat');
  expect(citations.cite('c1')).toEqual([]);
  expect(citations.push(' runs')).toEqual([]);
  expect(citations.push('.')).toEqual([]);
  expect(citations.push(' Then')).toEqual([{ evidenceId: 'c1', sentence: 'A cat runs.', position: 16 }]);
  expect(citations.end()).toEqual([]);
});

it('gives a citation after the full stop the sentence before', () => {
  const citations = new SentenceCitations();
  citations.push('It is red. A cat runs. ');
  expect(citations.cite('c1')).toMatchObject([{ sentence: 'A cat runs.' }]);
  expect(citations.cite('c2')).toMatchObject([{ sentence: 'A cat runs.' }]);
});

it('takes what there is at the end', () => {
  const citations = new SentenceCitations();
  citations.push('A cat runs 3.5 m to the left');
  citations.cite('c1');
  expect(citations.end()).toMatchObject([{ sentence: 'A cat runs 3.5 m to the left' }]);
});

it('knows other full stops, and citations before any text', () => {
  const citations = new SentenceCitations();
  citations.cite('c1');
  expect(citations.push('猫が走る。犬が寝る')).toMatchObject([{ evidenceId: 'c1', sentence: '猫が走る。' }]);
});

it('cites a clip once for a sentence, however often the model does', () => {
  const citations = new SentenceCitations();
  citations.push('A cat');
  for (let time = 0; time < 3; time++) citations.cite('c1');
  const told = [
    citations.push(' runs. '),
    citations.cite('c1'),
    citations.cite('c2'),
    citations.push('It stops. '),
    citations.cite('c1'),
    citations.end(),
  ];
  expect(told.flat()).toMatchObject([
    { evidenceId: 'c1', sentence: 'A cat runs.', position: 5 },
    { evidenceId: 'c2', sentence: 'A cat runs.' },
    { evidenceId: 'c1', sentence: 'It stops.' },
  ]);
});
