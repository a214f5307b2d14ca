import { expect, it, vi } from 'vitest';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { newIngestJob } from '../../src/app/videos/ingest-request.js';
import { colourService } from '../support/colour-service.js';
import { writeScript } from '../support/colour-world.js';

const HEAD = { method: 'HEAD' };

it('closes the picture that HEAD does not want', async () => {
  const { app, library, folder } = await colourService();
  const path = await writeScript(folder, 'a.mp4', { framesPerSecond: 10, scenes: [['red', 2]] });
  const { video } = await ingestVideo(path, library);
  const cancel = vi.fn();
  library.media.thumbnail = async () => new Uint8Array(1);
  library.blobs.read = async () => new ReadableStream({ cancel });
  const response = await app.request(`/v1/videos/${video.id}/thumbnail`, HEAD);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  expect(await response.text()).toBe('');
  expect(cancel).toHaveBeenCalledOnce();
});

it('does not follow the job that HEAD asks about', async () => {
  const { app, library } = await colourService();
  const { jobs } = library;
  const job = await jobs.enqueue(newIngestJob({ path: '/a.mp4' }, {}, '/a.mp4'));
  const events = vi.spyOn(jobs, 'events');
  const response = await app.request(`/v1/jobs/${job.id}/events`, HEAD);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(events.mock.calls[0]![2].aborted).toBe(true);
});

it('leaves no snapshot of the library open', async () => {
  let open = 0;
  const { serve, library } = await colourService();
  const app = serve({
    openSnapshot: () => {
      const snapshot = library.openSnapshot();
      const close = snapshot.close.bind(snapshot);
      open++;
      return Object.assign(snapshot, { close: () => close().finally(() => open--) });
    },
  });
  expect((await app.request('/v1/export', HEAD)).status).toBe(200);
  expect(open).toBe(0);
  // Who leaves before the first byte, and who takes all of it.
  await (await app.request('/v1/export')).body!.cancel();
  expect(open).toBe(0);
  await (await app.request('/v1/export')).arrayBuffer();
  expect(open).toBe(0);
});
