import { createHash } from 'node:crypto';
import { appendFile, stat } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { describeNewVideo, newIngestJob } from '../../src/app/videos/ingest-request.js';
import { Thumbnails } from '../../src/app/videos/thumbnails.js';
import { AppError } from '../../src/domain/errors.js';
import { wantedPart } from '../../src/http/videos/media-response.js';
import { describeMedia } from '../contract/http-media.contract.js';
import { collected } from '../support/collected.js';
import { colourService } from '../support/colour-service.js';
import { type VideoScript, writeScript } from '../support/colour-world.js';
import { serveApp } from '../support/serve-app.js';
import { workingService } from '../support/working-service.js';

const red: VideoScript = { framesPerSecond: 10, scenes: [['red', 3]] };
const content = JSON.stringify(red);
const etag = `"${createHash('sha256').update(content).digest('hex')}"`;

/** A service with one video, stored or left where it is. */
const places = {
  stored: async () => {
    const service = await workingService();
    const { id } = await service.uploadReady(red);
    return { app: service.app, path: `/v1/videos/${id}/media`, service };
  },
  referenced: async () => {
    const service = await colourService();
    const file = await writeScript(service.folder, 'red.mp4', red);
    const { video } = await ingestVideo(file, service.library);
    return { app: service.app, path: `/v1/videos/${video.id}/media`, service, file };
  },
};

for (const place of ['stored', 'referenced'] as const) {
  describeMedia(`of a ${place} video`, async () => {
    const { app, path } = await places[place]();
    return { request: async (...asked) => app.request(...asked), path, content };
  });
}

it('plays through a real connection, which may break off midway', async () => {
  const { app, path, service } = await places.stored();
  const url = await serveApp(app);
  const response = await fetch(`${url}${path}`, { headers: { range: 'bytes=1-5' } });
  expect([response.status, await response.text()]).toEqual([206, content.slice(1, 6)]);
  await new Promise<void>((resolve) => {
    const request = httpGet(`${url}${path}`, (incoming) => {
      incoming.once('data', () => request.destroy());
    });
    request.once('close', () => resolve());
  });
  expect((await fetch(`${url}${path}`)).status).toBe(200);
  expect(await collected(service.library.blobs.list('videos/'))).toHaveLength(1);
});

it('reads no file by the name of an upload that is not here', async () => {
  const { app, library } = await colourService();
  const [name, sizeBytes] = ['package.json', (await stat('package.json')).size];
  const { video } = await library.catalog.registerVideo(
    {
      id: 'v',
      contentHash: 'a'.repeat(64),
      sizeBytes,
      sourcePath: name,
      blobKey: null,
      ...describeNewVideo({}, name),
    },
    { enqueue: newIngestJob({ stored: true }, {}, name) },
  );
  expect((await app.request(`/v1/videos/${video.id}/media`)).status).toBe(404);
});

it('does not pass off another file as the one that was ingested', async () => {
  const { app, path, file } = await places.referenced();
  await appendFile(file, ' ');
  const response = await app.request(path);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('is not what it was') });
});

it('sends exactly the bytes of any range that makes sense', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(60), fc.nat(60), (size, first, last) => {
      const ask = () => wantedPart(new Headers({ range: `bytes=${first}-${last}` }), size, etag);
      if (first > last || first >= size) expect(ask).toThrow(AppError);
      else expect(ask()).toEqual({ status: 206, range: { start: first, end: Math.min(last, size - 1) } });
    }),
  );
});

describe('thumbnails', () => {
  async function pictured(maxKept?: number) {
    const service = await workingService();
    const { library, serve } = service;
    const made: string[] = [];
    library.media.thumbnail = async (_path?: string, atSeconds?: number, width?: number) => {
      made.push(`${atSeconds} ${width}`);
      return new TextEncoder().encode(`picture at ${atSeconds}`);
    };
    const app = serve({ thumbnails: new Thumbnails(library.catalog, library.blobs, library.media, maxKept) });
    const { id } = await service.uploadReady(red);
    const ask = (query: string) => app.request(`/v1/videos/${id}/thumbnail?${query}`);
    return { ask, made, service, id };
  }

  it('are made once, of the middle unless another time is asked for', async () => {
    const { ask, made } = await pictured();
    const response = await ask('');
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(await response.text()).toBe('picture at 1.5');
    await Promise.all([ask('at=2&width=100'), ask('at=2&width=100'), ask('at=99'), ask('')]);
    expect(made.sort()).toEqual(['1.5 320', '2 100', '3 320']);
  });

  it('are kept as long as there is room, those that are asked for the longest', async () => {
    const { ask, made, service } = await pictured(2);
    for (const at of [0, 1, 0, 2, 0]) await (await ask(`at=${at}`)).text();
    expect(made).toEqual(['0 320', '1 320', '2 320']);
    await (await ask('at=1')).text();
    expect(made).toHaveLength(4);
    expect(await collected(service.library.blobs.list('thumbnails/'))).toHaveLength(2);
  });

  it('go with their video', async () => {
    const { ask, service, id } = await pictured();
    await (await ask('')).text();
    await service.app.request(`/v1/videos/${id}`, { method: 'DELETE' });
    expect(await collected(service.library.blobs.list())).toEqual([]);
    expect((await ask('')).status).toBe(404);
  });

  it('are not left behind by a video that is deleted while they are made', async () => {
    const { ask, service, id } = await pictured();
    service.library.media.thumbnail = async () => {
      await service.app.request(`/v1/videos/${id}`, { method: 'DELETE' });
      return new Uint8Array(1);
    };
    expect((await ask('')).status).toBe(404);
    expect(await collected(service.library.blobs.list())).toEqual([]);
  });
});
