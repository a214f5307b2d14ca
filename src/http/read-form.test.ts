import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { AppError } from '../domain/errors.js';
import type { BlobStore } from '../ports/blob-store.js';
import { type Form, type FormLimits, newFormRoom, withForm } from './read-form.js';

const LIMITS = { video: { maxFiles: 2, maxBytes: 10 } };

function formOf(...parts: [field: string, content: string | Blob][]): Request {
  const body = new FormData();
  for (const [field, content] of parts) body.append(field, content);
  return new Request('http://localhost/', { method: 'POST', body });
}

const emptyBlobs = async () => new BlobFiles(await temporaryFolder());
const file = (content: string): [string, Blob] => ['video', new Blob([content])];

async function read(request: Request, limits: FormLimits = LIMITS, formRoom = newFormRoom()) {
  const folder = await temporaryFolder();
  let left: string[] = [];
  const work = async ({ fields, files }: Form) => {
    left = (await readdir(folder, { recursive: true })).filter((name) => name.startsWith('.unfinished'));
    const contents = await Promise.all((files.get('video') ?? []).map((path) => readFile(path, 'utf8')));
    return { fields: Object.fromEntries(fields), contents };
  };
  const result = withForm(request, { blobs: new BlobFiles(folder), formRoom }, limits, work);
  await result.catch(() => undefined);
  const after = await readdir(join(folder, '.unfinished')).catch(() => []);
  return { result, left, after };
}

it('gives the files, in their order, from where the next start sweeps, and leaves none', async () => {
  const { result, left, after } = await read(formOf(file('one'), ['request', '{}'], file('two')));
  expect(await result).toEqual({ fields: { request: '{}' }, contents: ['one', 'two'] });
  expect(left).toHaveLength(4);
  expect(after).toEqual([]);
});

it.each([
  ['files too large together', [file('123456'), file('12345')], 'payload-too-large', 'at most 10 bytes'],
  ['a file too many', [file('1'), file('2'), file('3')], 'invalid-input', 'a file too many'],
  ['a file in another field', [['film', new Blob(['1'])]], 'invalid-input', 'in the field "film"'],
  [
    'a field twice',
    [
      ['a', '1'],
      ['a', '2'],
    ],
    'invalid-input',
    'given twice',
  ],
  ['a field too long', [['a', 'x'.repeat(300_000)]], 'invalid-input', 'too long'],
] as const)('refuses %s, and leaves nothing', async (_, parts, code, message) => {
  const { result, after } = await read(formOf(...(parts as unknown as [string, string][])));
  await expect(result).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(after).toEqual([]);
});

it('refuses a body that breaks off', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const body = '--b\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\nhalf';
  const { result, after } = await read(new Request('http://localhost/', { method: 'POST', headers, body }));
  await expect(result).rejects.toMatchObject({ code: 'invalid-input' });
  expect(after).toEqual([]);
});

it('refuses files for which forms together have no room, and takes them when others are done', async () => {
  const room = newFormRoom(25);
  await withForm(
    formOf(file('x'.repeat(9)), file('y')),
    { blobs: await emptyBlobs(), formRoom: room },
    LIMITS,
    async () => {
      await withForm(
        formOf(file('z'.repeat(10))),
        { blobs: await emptyBlobs(), formRoom: room },
        LIMITS,
        async () => {
          const { result, after } = await read(formOf(file('too much')), LIMITS, room);
          await expect(result).rejects.toMatchObject({ code: 'overloaded' });
          expect(after).toEqual([]);
          expect((await (await read(formOf(file('small')), LIMITS, room)).result).contents).toEqual([
            'small',
          ]);
        },
      );
    },
  );
  expect((await (await read(formOf(file('0123456789')), LIMITS, room)).result).contents).toHaveLength(1);
});

it('says that the disk is full', async () => {
  const full: Pick<BlobStore, 'withPassingFiles'> = {
    withPassingFiles: (work) =>
      work({ write: () => Promise.reject(new AppError('out-of-storage', 'The disk is full.')) }),
  };
  const reading = withForm(
    formOf(file('x')),
    { blobs: full, formRoom: newFormRoom() },
    LIMITS,
    async () => 1,
  );
  await expect(reading).rejects.toMatchObject({ code: 'out-of-storage', status: 507 });
});

it('gives up a body that drips, and leaves nothing of it', async () => {
  // A minute passes with every chunk.
  let nowMs = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => void vi.restoreAllMocks());
  const head = '--b\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\n';
  let sent = 0;
  const body = new ReadableStream({
    pull: (controller) => {
      nowMs += 61_000;
      controller.enqueue(new TextEncoder().encode(sent++ === 0 ? head : 'x'));
    },
  });
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const request = new Request('http://localhost/', { method: 'POST', headers, body, duplex: 'half' });
  const { result, after } = await read(request);
  await expect(result).rejects.toMatchObject({ code: 'too-slow' });
  expect(after).toEqual([]);
});
