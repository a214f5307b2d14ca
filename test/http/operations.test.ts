import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ExactIndex } from '../../src/adapters/index-exact/exact-index.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { checkReadiness } from '../../src/app/operations/check-readiness.js';
import { colourService } from '../support/colour-service.js';
import { colourModel, writeScript } from '../support/colour-world.js';

interface ReadinessBody {
  status: string;
  checks: { name: string; ok: boolean; detail: string }[];
}

describe('GET /readyz', () => {
  it('says yes, and of every part why', async () => {
    const { app } = await colourService();
    const response = await app.request('/readyz');
    expect(response.status).toBe(200);
    const { status, checks } = (await response.json()) as ReadinessBody;
    expect(status).toBe('ready');
    expect(checks.map(({ name }) => name)).toEqual(['database', 'index', 'encoder', 'disk']);
    expect(checks.every(({ ok }) => ok)).toBe(true);
  });

  it('says no when the disk is all but full, with what is left and what is needed', async () => {
    const { app } = await colourService({ freeBytes: async () => 5 * 1024 * 1024 });
    const response = await app.request('/readyz');
    expect(response.status).toBe(503);
    const { status, checks } = (await response.json()) as ReadinessBody;
    expect(status).toBe('not-ready');
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      { name: 'disk', ok: false, detail: '5 MiB free; 256 MiB are needed' },
    ]);
  });

  it('says no when the database has gone, while /healthz goes on answering', async () => {
    const { library, app: served } = await colourService();
    await library.catalog.close();
    expect((await served.request('/readyz')).status).toBe(503);
    expect((await served.request('/healthz')).status).toBe(200);
  });

  it('stays ready with a damaged clip, names it, and finds the others', async () => {
    const index = new ExactIndex(colourModel.dimension);
    const { library, app, folder } = await colourService({ index });
    for (const colour of ['red', 'green']) {
      const script = { framesPerSecond: 10, scenes: [[colour, 3]] as [string, number][] };
      await ingestVideo(await writeScript(folder, `${colour}.mp4`, script), library);
    }
    const database = new Database(join(folder, 'videre.sqlite'));
    database.exec('update clips set checksum = zeroblob(32) where id = 2');
    database.close();
    const response = await app.request('/v1/search', {
      method: 'POST',
      body: JSON.stringify({ query: 'green', exact: true }),
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ results: [{ title: 'red' }] });
    const ready = await app.request('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.text()).toContain('clips damaged and not to be found: 1, the first is 2');
  });

  it('does not wait for an encoder that never answers', async () => {
    const { library } = await colourService();
    const textEncoder = { encode: () => new Promise<never>(() => {}) };
    const checks = await checkReadiness({ ...library, textEncoder }, 20);
    expect(checks.find(({ name }) => name === 'encoder')).toEqual({
      name: 'encoder',
      ok: false,
      detail: 'no answer within 20 ms',
    });
  });

  it('asks the encoder something new each time: one that hangs may still answer from memory', async () => {
    const { library } = await colourService();
    const asked: string[] = [];
    const textEncoder: Pick<typeof library.textEncoder, 'encode'> = {
      encode: async (given) => {
        asked.push(...given);
        return [];
      },
    };
    await checkReadiness({ ...library, textEncoder });
    await checkReadiness({ ...library, textEncoder });
    expect(new Set(asked).size).toBe(2);
  });
});

describe('GET /metrics', () => {
  it('counts requests by route, method and status, and by nothing a caller chooses', async () => {
    const { app: served } = await colourService();
    await served.request('/v1/videos?limit=1');
    await served.request('/v1/videos?limit=0');
    await served.request('/made-up-by-a-caller-1');
    await served.request('/made-up-by-a-caller-2', { method: 'MADEUP' });
    const response = await served.request('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    const count = (labels: string) =>
      text.match(`videre_http_request_duration_seconds_count\\{${labels}\\} (\\d+)`)?.[1];
    expect(count('method="GET",route="/v1/videos",status="200"')).toBe('1');
    expect(count('method="GET",route="/v1/videos",status="400"')).toBe('1');
    expect(count('method="GET",route="none",status="404"')).toBe('1');
    expect(count('method="other",route="none",status="404"')).toBe('1');
    expect(text).not.toMatch(/made-up|MADEUP/);
  });

  it('tells what is stored, waits and runs, and how late the event loop is', async () => {
    const { app, library } = await colourService();
    await library.index.add([{ clipId: 7, vector: Float32Array.of(1, 0, 0) }]);
    const text = await (await app.request('/metrics')).text();
    expect(text).toMatch(/^videre_index_clips 1$/m);
    expect(text).toMatch(/^videre_library_videos 0$/m);
    expect(text).toMatch(/^videre_jobs_queued 0$/m);
    expect(text).toMatch(/^videre_info\{model="colours"\} 1$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  });
});
