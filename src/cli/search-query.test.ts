import { expect, it } from 'vitest';
import { searchQuery } from './search-query.js';

const like = (text: string) => searchQuery({ text: '', image: undefined, like: text });

it('reads a video, or seconds of one', () => {
  expect(like('abc-1')).toEqual([{ kind: 'clip', videoId: 'abc-1' }]);
  expect(like('abc@2.5-10')).toEqual([{ kind: 'clip', videoId: 'abc', startSeconds: 2.5, endSeconds: 10 }]);
});

it.each(['', '@1-2', 'abc@', 'abc@2', 'abc@5-2', 'abc@-1-2', 'abc@x-y'])('refuses %j', (text) => {
  expect(() => like(text)).toThrow('VIDEO@START-END');
});

it('mixes what is given', () => {
  const image = Uint8Array.of(1);
  expect(searchQuery({ text: 'a dog', image, like: 'v' }).map(({ kind }) => kind)).toEqual([
    'text',
    'image',
    'clip',
  ]);
  expect(searchQuery({ text: '', image: undefined, like: undefined })).toEqual([{ kind: 'text', text: '' }]);
});
