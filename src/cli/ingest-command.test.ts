import { expect, it } from 'vitest';
import { AppError } from '../domain/errors.js';
import { cancelledAfter } from './ingest-command.js';

it.each([
  [0, '0 files done before that are kept'],
  [1, '1 file done before that is kept'],
  [7, '7 files done before that are kept'],
])('says of a run cancelled after %d files what is kept', (doneCount, said) => {
  const error = cancelledAfter(doneCount, new DOMException('aborted', 'AbortError'));
  expect(error).toMatchObject({ code: 'cancelled', message: expect.stringContaining(said) });
});

it('leaves other errors alone', () => {
  const full = new AppError('out-of-storage', 'full');
  expect(cancelledAfter(3, full)).toBe(full);
});
