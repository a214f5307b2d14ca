import { expect, it } from 'vitest';
import { engineLine } from './engine-line.js';

it('names what encodes, and why not the GPU only where there is something to say', () => {
  expect(engineLine({ kernel: 'cuda' })).toBe('The GPU encodes videos (CUDA).');
  expect(engineLine({ kernel: 'avx2' })).toBe('The CPU encodes videos (avx2).');
  expect(engineLine({ kernel: 'avx2', engineNote: 'There is no NVIDIA GPU.' })).toBe(
    'The CPU encodes videos (avx2). There is no NVIDIA GPU.',
  );
});
