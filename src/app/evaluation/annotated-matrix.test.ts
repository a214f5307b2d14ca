import { expect, test } from 'vitest';
import { annotatedMatrix } from './annotated-matrix.js';

const set = {
  name: 'own',
  protocol: '',
  videos: ['a', 'b'].map((id) => ({ id, file: id })),
  texts: ['b', 'a', 'b'].map((videoId, n) => ({ id: `${videoId}#${n}`, videoId, caption: `c${n}` })),
  trainingCaptions: [],
  deviations: [],
};
const matrix = (textIds: string[] | undefined) => ({
  name: 'm.npy',
  scores: { texts: 3, videos: 2, values: new Float64Array(6) },
  textIds,
  videoIds: textIds && ['a', 'b'],
});

test('captions follow the ids of the rows, not their position', () => {
  expect(annotatedMatrix(matrix(['a', 'b', 'b']), set).captions).toEqual(['c1', 'c0', 'c2']);
  expect(() => annotatedMatrix(matrix(['a', 'a', 'b']), set)).toThrow('more rows of "a"');
});

test('without ids the annotations say which row belongs to which column', () => {
  const labelled = annotatedMatrix(matrix(undefined), set).matrix;
  expect(labelled.textIds).toEqual(['b', 'a', 'b']);
  expect(labelled.videoIds).toEqual(['a', 'b']);
});
