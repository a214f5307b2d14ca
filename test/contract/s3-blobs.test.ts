import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { S3Blobs } from '../../src/adapters/blob-s3/s3-blobs.js';
import { collected } from '../support/collected.js';
import { S3_KEYS, startS3Server } from '../support/s3-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeBlobStore } from './blob-store.contract.js';

const bucket = 'videos';
let folder: string;
let server: Awaited<ReturnType<typeof startS3Server>>;
let stores = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videre-s3-'));
  server = await startS3Server(folder, bucket);
});

afterAll(async () => {
  server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function* bytes() {
  yield new Uint8Array(3);
}

/** Each sees a part of the bucket that no other does. */
async function open(given: Partial<ConstructorParameters<typeof S3Blobs>[0]> = {}): Promise<S3Blobs> {
  const location = { endpoint: server.endpoint, bucket, prefix: `library-${stores++}/`, ...S3_KEYS };
  return new S3Blobs({ ...location, ...given }, new BlobFiles(await temporaryFolder()));
}

describeBlobStore('S3Blobs', open);

it('S3Blobs sends what is larger than a part in parts', async () => {
  const store = await open();
  const chunk = new Uint8Array(1_000_000).map((_, position) => position % 251);
  async function* film() {
    for (let part = 0; part < 20; part++) yield chunk;
  }
  const { sizeBytes } = await store.write('videos/film', film());
  expect(sizeBytes).toBe(20_000_000);
  const tail = await store.read('videos/film', { start: 19_999_000, end: 19_999_999 });
  expect(new Uint8Array(await new Response(tail).arrayBuffer())).toEqual(chunk.slice(-1000));
});

it('S3Blobs that share a bucket see what the others wrote, and nothing beside their prefix', async () => {
  const [one, same, other] = [
    await open({ prefix: 'shared/' }),
    await open({ prefix: 'shared/' }),
    await open({ prefix: 'shared-not/' }),
  ];
  await one.write('videos/a', bytes());
  expect(await same.size('videos/a')).toBe(3);
  expect(await collected(other.list())).toEqual([]);
});

it.each([
  ['a wrong key', { accessKey: 'guessed' }, 'storage-unavailable'],
  ['a bucket that is not there', { bucket: 'nowhere' }, 'storage-unavailable'],
  ['a store that does not run', { endpoint: 'http://127.0.0.1:1' }, 'storage-unavailable'],
  ['an address with a bucket in it', { endpoint: 'http://127.0.0.1:1/videos' }, 'invalid-input'],
])('S3Blobs tells of %s', async (_, given, code) => {
  const writing = async () => (await open(given)).write('videos/a', bytes());
  await expect(writing()).rejects.toMatchObject({ code });
});
