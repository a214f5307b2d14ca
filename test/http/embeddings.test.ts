import sharp from 'sharp';
import { expect, it } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { SharpImageReader } from '../../src/adapters/images-sharp/sharp-image-reader.js';
import { addEmbeddingsRoute } from '../../src/http/embeddings/embeddings-route.js';
import { newFormRoom } from '../../src/http/read-form.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import { ColourTextEncoder, ColourVideoEncoder, ScriptReader } from '../support/colour-world.js';
import { createTestApp } from '../support/create-test-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Body {
  model: { name: string; fingerprint: string; dimension: number };
  texts: number[][];
  images: number[][];
  clips: number[][];
  videos: { startSeconds: number; endSeconds: number; vector: number[] }[][];
  detail: string;
}

const visual = {
  images: new SharpImageReader(),
  media: new ScriptReader(),
  videoEncoder: new ColourVideoEncoder(),
  sampleFrames: sampleFrameIndices,
};
async function send(init: RequestInit) {
  const blobs = new BlobFiles(await temporaryFolder());
  const app = createTestApp((routes) =>
    addEmbeddingsRoute(routes, {
      textEncoder: new ColourTextEncoder(),
      visual,
      blobs,
      formRoom: newFormRoom(),
    }),
  );
  const response = await app.request('/v1/embeddings', { method: 'POST', ...init });
  return { status: response.status, body: (await response.json()) as Body };
}

const post = (body: unknown) =>
  send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function picture(colour: string, width = 4): Promise<string> {
  const image = sharp({ create: { width, height: 4, channels: 3, background: colour } });
  return (await image.png().toBuffer()).toString('base64');
}

it('gives the vectors of texts, pictures and clips, with the model that made them', async () => {
  const [red, blue] = [await picture('#f00'), await picture('#00f')];
  const { status, body } = await post({
    texts: ['red', 'green'],
    images: [blue],
    clips: [{ frames: [red, red, blue, blue] }],
  });
  expect(status).toBe(200);
  expect(body.model).toEqual({ name: 'colours', fingerprint: 'c0105', dimension: 3 });
  expect(body.texts).toHaveLength(2);
  expect(body.texts[1]![1]).toBeCloseTo(1, 2);
  expect(body.images).toEqual([[0, 0, 1]]);
  expect(body.clips).toEqual([[0.5, 0, 0.5]]);
});

it('writes the same vectors as base64', async () => {
  const floats = (await post({ texts: ['red'] })).body.texts[0]!;
  const { body } = await post({ texts: ['red'], encoding: 'base64' });
  const bytes = Buffer.from(body.texts[0] as unknown as string, 'base64');
  expect(floats.map((_, position) => bytes.readFloatLE(position * 4))).toEqual(floats);
});

it('cuts a video as an ingest would, and gives the vectors of its clips', async () => {
  const form = new FormData();
  const script = {
    framesPerSecond: 10,
    scenes: [
      ['red', 8],
      ['blue', 8],
    ],
  };
  form.append('video', new Blob([JSON.stringify(script)]));
  form.append('video', new Blob([JSON.stringify({ ...script, scenes: [['green', 1]] })]));
  form.append('request', JSON.stringify({ texts: ['red'] }));
  const { body } = await send({ body: form });
  expect(body.texts).toHaveLength(1);
  const [long, short] = body.videos;
  expect(long![0]).toMatchObject({ startSeconds: 0, vector: [1, 0, 0] });
  expect(long!.at(-1)).toMatchObject({ endSeconds: 16, vector: [0, 0, 1] });
  expect(short).toEqual([{ startSeconds: 0, endSeconds: 1, vector: [0, 1, 0] }]);
});

it.each([
  ['nothing', async () => ({}), 400, 'nothing to encode'],
  ['a clip without frames', async () => ({ clips: [{ frames: [] }] }), 400, 'frames'],
  ['an empty text', async () => ({ texts: [' '] }), 400, 'texts.0'],
  ['what is no picture', async () => ({ images: ['AAAA'] }), 415, 'The image cannot be read'],
  [
    'frames of several sizes',
    async () => ({ clips: [{ frames: [await picture('#f00'), await picture('#f00', 6)] }] }),
    400,
    'Frame 1 of a clip has 6 x 4 pixels',
  ],
])('refuses %s', async (_, body, status, detail) => {
  expect(await post(await body())).toMatchObject({
    status,
    body: { detail: expect.stringContaining(detail) },
  });
});
