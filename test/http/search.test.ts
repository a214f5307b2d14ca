import sharp from 'sharp';
import { expect, it } from 'vitest';
import { SharpImageReader } from '../../src/adapters/images-sharp/sharp-image-reader.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import type { SearchDependencies } from '../../src/app/search/search-library.js';
import { type FormDependencies, newFormRoom } from '../../src/http/read-form.js';
import { searchForms } from '../../src/http/search/search-form.js';
import { addSearchRoute } from '../../src/http/search/search-route.js';
import { colourLibrary } from '../support/colour-library.js';
import { colourService } from '../support/colour-service.js';
import { writeScript } from '../support/colour-world.js';
import { createTestApp } from '../support/create-test-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface SearchBody {
  query?: string;
  results: { clipId: number; videoId: string; title: string; startSeconds: number; score: number }[];
  noGoodMatch: boolean;
  nextCursor?: string;
  explanation?: { method: string; clipsSearched: number; milliseconds: { total: number } };
}

type Scenes = [colour: string, seconds: number][];

async function library(videos: Record<string, Scenes>) {
  const folder = await temporaryFolder();
  const dependencies = colourLibrary(folder);
  for (const [name, scenes] of Object.entries(videos)) {
    await ingestVideo(
      await writeScript(folder, `${name}.mp4`, { framesPerSecond: 10, scenes }),
      dependencies,
    );
  }
  const { media, videoEncoder, sampleFrames } = dependencies;
  const visual = { images: new SharpImageReader(), media, videoEncoder, sampleFrames };
  const { videos: listed } = await dependencies.catalog.listVideos(500);
  const idOf = new Map(listed.map(({ title, id }) => [title, id]));
  return { folder, dependencies, idOf, ...asking({ ...dependencies, visual }) };
}

function asking(dependencies: SearchDependencies & Pick<FormDependencies, 'blobs'>) {
  const forms = searchForms({ ...dependencies, formRoom: newFormRoom() });
  const app = createTestApp((routes) => addSearchRoute(routes, dependencies, forms));
  const send = async (init: RequestInit) => {
    const response = await app.request('/v1/search', { method: 'POST', ...init });
    return { status: response.status, body: (await response.json()) as SearchBody & { detail: string } };
  };
  return {
    post: (body: unknown) =>
      send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    form: (fields: Record<string, Blob | string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      return send({ body: form });
    },
  };
}

const titles = ({ results }: SearchBody) => results.map(({ title }) => title);

const picture = (colour: string, format: 'png' | 'jpeg' | 'webp' = 'png') =>
  sharp({ create: { width: 6, height: 4, channels: 3, background: colour } })
    .toFormat(format)
    .toBuffer();

it('finds by a picture, as base64 and as a file of a form', async () => {
  const { post, form } = await library({ red: [['red', 3]], green: [['green', 3]], blue: [['blue', 3]] });
  for (const format of ['png', 'jpeg', 'webp'] as const) {
    const image = await picture('#00f000', format);
    const { body } = await post({ image: image.toString('base64'), limit: 1 });
    expect(titles(body)).toEqual(['green']);
    const sent = await form({ image: new Blob([new Uint8Array(image)]), request: '{"limit":1}' });
    expect(sent.body.results).toEqual(body.results);
  }
});

it('finds by a video file that is not stored', async () => {
  const { form, dependencies } = await library({ red: [['red', 3]], green: [['green', 3]] });
  const script = JSON.stringify({ framesPerSecond: 10, scenes: [['green', 2]] });
  const { body } = await form({ clip: new Blob([script]) });
  expect(titles(body)).toEqual(['green', 'red']);
  expect((await dependencies.catalog.size()).videos).toBe(2);
});

it('mixes texts and pictures by weight, and looks away from what weighs less than nothing', async () => {
  const { post } = await library({ red: [['red', 3]], green: [['green', 3]], blue: [['blue', 3]] });
  const image = (await picture('#00ff00')).toString('base64');
  const of = async (body: object) => titles((await post(body)).body);
  expect(await of({ query: 'red', image, weights: { image: 0.5 } })).toEqual(['red', 'green', 'blue']);
  expect(await of({ query: 'red', image, weights: { image: 2 } })).toEqual(['green', 'red', 'blue']);
  expect(await of({ query: 'red', image, weights: { image: -1 } })).toEqual(['red', 'blue', 'green']);
});

it('pages through all results once, whatever arrives or goes meanwhile', async () => {
  const scenes = (share: number): Scenes => [
    ['red', share],
    ['green', 5 - share],
  ];
  const { post, folder, dependencies, idOf } = await library(
    Object.fromEntries(Array.from({ length: 9 }, (_, order) => [`video ${order}`, scenes(order / 2)])),
  );
  const request = { query: 'red', groupBy: 'video', limit: 2 };
  const all = titles((await post({ ...request, limit: 50 })).body);
  expect(all).toHaveLength(9);

  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await post({ ...request, ...(cursor && { cursor }) });
    seen.push(...titles(body));
    cursor = body.nextCursor;
    // The best of all arrives, and the last one shown goes.
    const path = await writeScript(folder, `late ${seen.length}.mp4`, {
      framesPerSecond: 10,
      scenes: [['red', 1 + seen.length]],
    });
    await ingestVideo(path, dependencies);
    const gone = await dependencies.catalog.deleteVideo(idOf.get(seen.at(-1)!)!);
    await dependencies.index.remove(gone!.clipIds);
  } while (cursor !== undefined);
  expect(seen).toEqual(all);
});

it('says that an empty library holds no good match', async () => {
  const { post } = await library({});
  expect((await post({ query: 'red' })).body).toEqual({ query: 'red', results: [], noGoodMatch: true });
});

it('refuses what is no picture', async () => {
  const { post } = await library({ red: [['red', 3]] });
  const image = Buffer.from('no picture').toString('base64');
  const detail = expect.stringContaining('The image cannot be read');
  expect(await post({ image })).toMatchObject({ status: 415, body: { detail } });
});

it('refuses a form that says two things', async () => {
  const { app } = await colourService();
  const form = new FormData();
  form.append('request', '{"query":"red"}');
  form.append('request', '{"query":"blue"}');
  const response = await app.request('/v1/search', { method: 'POST', body: form });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ detail: 'The field "request" is given twice.' });
});

it('refuses two pictures, and one that is too large to be read into memory', async () => {
  const { app } = await colourService();
  const send = async (...images: Uint8Array<ArrayBuffer>[]) => {
    const form = new FormData();
    for (const image of images) form.append('image', new Blob([image]), 'a.png');
    const response = await app.request('/v1/search', { method: 'POST', body: form });
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  expect(await send(new Uint8Array(1), new Uint8Array(1))).toEqual([400, 'invalid-input']);
  expect(await send(new Uint8Array(33 * 1024 * 1024))).toEqual([413, 'payload-too-large']);
});

it('refuses a form with another file, and leaves nothing of it', async () => {
  const { form } = await library({ red: [['red', 3]] });
  const { status, body } = await form({ film: new Blob(['x']) });
  expect(status).toBe(400);
  expect(body.detail).toContain('in the field "film"');
  expect((await form({ request: '{' })).body.detail).toContain('no JSON');
  expect((await form({ request: '{"limit":0}' })).status).toBe(400);
});
