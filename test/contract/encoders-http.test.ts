import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawApiKey, formatApiKey } from '../../src/app/access/api-key-text.js';
import { SharedApiKey } from '../../src/app/access/shared-api-key.js';
import { openEncoder } from '../../src/composition/open-encoder.js';
import { openRemoteEncoding } from '../../src/composition/open-remote-encoding.js';
import { createEncoderApp } from '../../src/http/create-encoder-app.js';
import { openAccess } from '../../src/http/guard.js';
import type { ClipFrames } from '../../src/ports/encoders.js';
import { seededRandom } from '../support/seeded-random.js';

const bundleFolder = fileURLToPath(new URL('../../models/playground', import.meta.url));
const encoderKey = formatApiKey(drawApiKey());
const random = seededRandom(7);

let folder: string;
let encoder: Awaited<ReturnType<typeof openEncoder>>;
let server: ReturnType<typeof createAdaptorServer>;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videre-'));
  encoder = await openEncoder({
    bundleFolder,
    modelsFolder: folder,
    shippedModels: { playground: bundleFolder },
  });
  const access = { ...openAccess(new SharedApiKey(encoderKey)), needsKey: true };
  const app = createEncoderApp({ ...encoder, access, version: '1.2.3', logFault: () => {} });
  server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
}, 60_000);

afterAll(async () => {
  server.close();
  await encoder.close();
  await rm(folder, { recursive: true, force: true });
});

function noise(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, () => random() * 256);
}

/** Frames of one size; the last is shown again where the clip is short. */
function clip(width: number, height: number, different: number): ClipFrames {
  const frames = Array.from({ length: different }, () => noise(width, height));
  const { framesPerClip } = encoder.visual.videoEncoder.model;
  while (frames.length < framesPerClip) frames.push(frames.at(-1)!);
  return { width, height, frames };
}

it('an encoder asked over HTTP gives the vectors that it gives in its own process', async () => {
  const remote = await openRemoteEncoding({ encoders: [url], encoderKey });
  try {
    const { framesPerClip } = encoder.visual.videoEncoder.model;
    const clips = [clip(320, 180, framesPerClip), clip(37, 111, 3), clip(160, 160, framesPerClip)];
    expect(await remote.videoEncoder.encode(clips)).toEqual(await encoder.visual.videoEncoder.encode(clips));
    const texts = ['a red ball rolls to the left', 'Grüße, 世界', 'x'];
    const together = await Promise.all(texts.map((text) => remote.textEncoder.encode([text])));
    expect(together.flat()).toEqual(await encoder.textEncoder.encode(texts));
    const { engineNote: _, ...model } = encoder.textEncoder.model;
    expect(remote.videoEncoder.model).toMatchObject(model);
    expect(remote.captions.length).toBeGreaterThan(1000);
  } finally {
    await remote.close();
  }
});

it('an encoder lets nobody in without its key', async () => {
  const other = formatApiKey(drawApiKey());
  for (const key of [undefined, other]) {
    await expect(openRemoteEncoding({ encoders: [url], encoderKey: key })).rejects.toMatchObject({
      code: 'unauthorized',
    });
  }
});

it('says of the route of a whole service that an encoder does not have it', async () => {
  const headers = { authorization: `Bearer ${encoderKey}` };
  expect((await fetch(`${url}/v1/videos`, { headers })).status).toBe(404);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});
