import { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import { addJobEventsRoute } from '../../src/http/jobs/job-events-route.js';
import type { JobBody } from '../../src/http/jobs/job-schema.js';
import { colourService } from '../support/colour-service.js';
import type { VideoScript } from '../support/colour-world.js';
import { serveApp } from '../support/serve-app.js';
import { type AcceptedBody, videoForm, workingService } from '../support/working-service.js';

const red: VideoScript = { framesPerSecond: 10, scenes: [['red', 30]] };

interface ReceivedEvent {
  id: number;
  event: string;
  data: Record<string, unknown>;
}

function parseEvents(text: string): ReceivedEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data:'))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)![1]!;
      return { id: Number(field('id')), event: field('event'), data: JSON.parse(field('data')) };
    });
}

describe('GET /v1/jobs/{id}/events', () => {
  it('tells how a job goes on, to its end, through a real connection', async () => {
    const service = await workingService();
    const url = await serveApp(service.app);
    const { body } = await service.upload(red);
    const response = await fetch(`${url}/v1/jobs/${body.job!.id}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = parseEvents(await response.text());
    const states = events.filter(({ event }) => event === 'state').map(({ data }) => data.state);
    expect(states).toEqual(['queued', 'running', 'succeeded']);
    const ids = events.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((left, right) => left - right));
    const percents = events
      .filter(({ event }) => event === 'progress')
      .map(({ data }) => Number(data.percent));
    expect(percents).toEqual([...percents].sort((left, right) => left - right));
  });

  it('goes on after the last event that was heard, and says when there is nothing more', async () => {
    const service = await workingService();
    const { body } = await service.upload(red);
    await service.ended(body.job!.id);
    const path = `/v1/jobs/${body.job!.id}/events`;
    const all = parseEvents(await (await service.app.request(path)).text());
    for (const [position, { id }] of all.entries()) {
      const response = await service.app.request(path, { headers: { 'last-event-id': String(id) } });
      expect(response.status).toBe(position === all.length - 1 ? 204 : 200);
      expect(parseEvents(await response.text())).toEqual(all.slice(position + 1));
    }
    const nonsense = await service.app.request(path, { headers: { 'last-event-id': 'abc' } });
    expect(parseEvents(await nonsense.text())).toEqual(all);
  });

  it('gives signs of life, lets go of who leaves, and keeps what goes wrong to itself', async () => {
    const { library } = await colourService();
    const { id } = await library.jobs.enqueue({ id: 'job', kind: 'none', payload: {} });
    const faults: unknown[] = [];
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const { events } = library.jobs;
    library.jobs.events = async function* (jobId, after, signal) {
      signal.addEventListener('abort', () => leave());
      yield* events.call(library.jobs, jobId, after, signal);
    };
    const app = new OpenAPIHono();
    addJobEventsRoute(app, library.jobs, { tellFault: (fault) => faults.push(fault), heartbeatMs: 5 });
    const url = await serveApp(app);
    const leaving = new AbortController();
    const response = await fetch(`${url}/v1/jobs/${id}/events`, { signal: leaving.signal });
    let heard = '';
    for await (const chunk of response.body!) {
      heard += new TextDecoder().decode(chunk);
      if (heard.includes(': alive')) break;
    }
    leaving.abort();
    await left;

    // biome-ignore lint/correctness/useYield: it fails before it can.
    library.jobs.events = async function* () {
      throw new Error('secret path /etc/shadow');
    };
    const broken = await fetch(`${url}/v1/jobs/${id}/events`);
    expect(await broken.text()).not.toContain('secret');
    expect(String(faults)).toContain('secret');
  });

  it('ends when the server has to go, and goes on with the next', async () => {
    const leaving = new AbortController();
    const { app, library } = await colourService({ leaving: leaving.signal });
    const { id } = await library.jobs.enqueue({ id: 'job', kind: 'none', payload: {} });
    const response = await app.request(`/v1/jobs/${id}/events`);
    leaving.abort();
    expect(parseEvents(await response.text())).toMatchObject([{ data: { state: 'queued' } }]);
  });

  it('ends when the job is deleted with its video', async () => {
    const { app } = await colourService();
    const response = await app.request('/v1/videos', { method: 'POST', body: videoForm('x') });
    const { video, job } = (await response.json()) as AcceptedBody;
    const events = await app.request(`/v1/jobs/${job!.id}/events`);
    await app.request(`/v1/videos/${video!.id}`, { method: 'DELETE' });
    await events.text();
    expect((await app.request(`/v1/jobs/${job!.id}/events`)).status).toBe(404);
  });

  it('knows no other job', async () => {
    const { app } = await colourService();
    expect((await app.request('/v1/jobs/none/events')).status).toBe(404);
  });
});

describe('/v1/jobs', () => {
  it('cancels what waits, retries what was cancelled, and neither what has succeeded', async () => {
    const { app, library } = await colourService();
    const { id } = await library.jobs.enqueue({ id: 'job', kind: 'ingest', payload: { secret: 1 } });
    const post = async (what: string) => {
      const response = await app.request(`/v1/jobs/${id}/${what}`, { method: 'POST' });
      return [response.status, ((await response.json()) as JobBody).state];
    };
    expect(await post('cancel')).toEqual([200, 'cancelled']);
    expect(await post('cancel')).toEqual([200, 'cancelled']);
    expect(await post('retry')).toEqual([200, 'queued']);
    await library.jobs.claim('me', ['ingest']);
    await library.jobs.succeed(id, 'me', {});
    expect(await post('retry')).toEqual([409, undefined]);
    expect(await post('cancel')).toEqual([200, 'succeeded']);
    expect(await (await app.request(`/v1/jobs/${id}`)).text()).not.toContain('secret');
  });

  it.each(['', '/cancel', '/retry'])('says that there is no such job: %s', async (path) => {
    const { app } = await colourService();
    const response = await app.request(`/v1/jobs/none${path}`, { method: path === '' ? 'GET' : 'POST' });
    expect(response.status).toBe(404);
  });

  it('lists by state and video', async () => {
    const service = await workingService();
    const { id } = await service.uploadReady(red);
    await service.library.jobs.enqueue({ id: 'other', kind: 'other', payload: {} });
    const list = async (query: string) =>
      (await service.get<{ jobs: JobBody[] }>(`/v1/jobs?${query}`)).jobs.map(({ kind }) => kind);
    expect(await list('')).toEqual(['other', 'ingest']);
    expect(await list(`video=${id}`)).toEqual(['ingest']);
    expect(await list('state=queued')).toEqual(['other']);
    expect((await service.app.request('/v1/jobs?state=lost')).status).toBe(400);
  });
});
