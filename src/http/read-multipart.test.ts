import { expect, it } from 'vitest';
import { readMultipart } from './read-multipart.js';

const limits = { maxFields: 100, maxFieldBytes: 64 * 1024 };

function formOf(values: readonly string[]): Request {
  const body = new FormData();
  for (const value of values) body.append('tags', value);
  return new Request('http://localhost/', { method: 'POST', body });
}

const noFiles = () => Promise.reject(new Error('There is no file.'));

it('bounds the fields of a form together, not only each', async () => {
  const value = 'x'.repeat(60 * 1024);
  const given = await readMultipart(formOf(Array(8).fill(value)), limits, noFiles);
  expect(given.get('tags')).toHaveLength(8);
  await expect(readMultipart(formOf(Array(99).fill(value)), limits, noFiles)).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('together'),
  });
});
