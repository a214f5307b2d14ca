import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { WebhookSender } from '../../src/app/webhooks/webhook-sender.js';
import { collected } from '../support/collected.js';
import { colourService } from '../support/colour-service.js';
import type { VideoScript } from '../support/colour-world.js';
import { plainServer } from '../support/plain-server.js';
import { type AcceptedBody, workingService } from '../support/working-service.js';

const red: VideoScript = { framesPerSecond: 10, scenes: [['red', 3]] };

interface Created {
  id: string;
  secret: string;
  events: string[];
}

interface Deliveries {
  deliveries: {
    id: string;
    state: string;
    attempts: number;
    responseStatus: number | null;
    error: string | null;
  }[];
}

const jsonRequest = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** A receiver that answers with these, one a message, and the last from then on. */
async function receiver(...statuses: number[]) {
  const received: { headers: Record<string, string>; body: string }[] = [];
  const url = await plainServer(async (request: IncomingMessage, response) => {
    const body = Buffer.concat(await collected(request)).toString();
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(statuses.length > 1 ? statuses.shift()! : statuses[0]!).end();
  });
  return { url: `${url}/hook`, received };
}

/** A service whose messages are sent when the test says so, on a clock that it moves. */
async function sendingService() {
  const service = await workingService();
  const { webhooks, webhookHttp } = service.library;
  let nowMs = 0;
  const sender = new WebhookSender({
    webhooks,
    http: webhookHttp,
    clock: () => nowMs,
    logFault: (fault) => {
      throw fault;
    },
  });
  const add = async (body: unknown) =>
    (await (await service.app.request('/v1/webhooks', jsonRequest(body))).json()) as Created;
  const log = (id: string) => service.get<Deliveries>(`/v1/webhooks/${id}/deliveries`);
  const pass = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  return { ...service, sender, add, log, pass };
}

describe('webhooks', () => {
  it('tell how a job ended, signed so that a library that is not ours believes it', async () => {
    const service = await sendingService();
    const { url, received } = await receiver(200);
    const { id, secret } = await service.add({ url });
    const video = await service.uploadReady(red);
    await service.sender.sendDue();
    expect(received).toHaveLength(1);
    const { headers, body } = received[0]!;
    const verified = new StandardWebhook(secret).verify(body, headers);
    expect(verified).toMatchObject({
      type: 'job.succeeded',
      data: { videoId: video.id, state: 'succeeded', kind: 'ingest', failure: null },
    });
    expect(() => new StandardWebhook(secret).verify(`${body} `, headers)).toThrow();
    expect((await service.log(id)).deliveries).toMatchObject([
      { id: headers['webhook-id'], state: 'delivered', attempts: 1, responseStatus: 200 },
    ]);
    await service.sender.sendDue();
    expect(received).toHaveLength(1);
  });

  it('are told again after growing pauses, under the same id, until they answer', async () => {
    const service = await sendingService();
    const { url, received } = await receiver(500, 503, 204);
    const { id } = await service.add({ url });
    await service.uploadReady(red);
    await service.sender.sendDue();
    await service.sender.sendDue();
    expect(received).toHaveLength(1);
    expect((await service.log(id)).deliveries).toMatchObject([
      { state: 'pending', attempts: 1, responseStatus: 500, error: 'The receiver answered 500.' },
    ]);
    for (let round = 0; round < 3; round++) {
      service.pass(10_000);
      await service.sender.sendDue();
    }
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await service.log(id)).deliveries).toMatchObject([
      { state: 'delivered', attempts: 3, error: null },
    ]);
  });

  it('are given up in the end, and told once more when somebody asks for it', async () => {
    const service = await sendingService();
    const { url, received } = await receiver(...Array(10).fill(500), 200);
    const { id } = await service.add({ url });
    await service.uploadReady(red);
    for (let round = 0; round < 12; round++) {
      await service.sender.sendDue();
      service.pass(600_000);
    }
    const [failed] = (await service.log(id)).deliveries;
    expect(failed).toMatchObject({ state: 'failed', attempts: 10 });
    const path = `/v1/webhooks/${id}/deliveries/${failed!.id}/replay`;
    expect((await service.app.request(path, { method: 'POST' })).status).toBe(202);
    await service.sender.sendDue();
    expect(received).toHaveLength(11);
    expect((await service.log(id)).deliveries).toMatchObject([{ id: failed!.id, state: 'delivered' }]);
  });

  it('hear only what they asked for, and nothing once they are removed', async () => {
    const service = await sendingService();
    const { url, received } = await receiver(200);
    await service.add({ url, events: ['job.failed'] });
    const removed = await service.add({ url });
    await service.app.request(`/v1/webhooks/${removed.id}`, { method: 'DELETE' });
    await service.uploadReady(red);
    const { body } = await service.upload({ ...red, endsBeforeFrame: 1 });
    await service.ended(body.job!.id);
    await service.sender.sendDue();
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(['job.failed']);
  });

  it('hold up no other when one of them is dead, and keep their order', async () => {
    const service = await sendingService();
    const dead = await receiver(500);
    const alive = await receiver(200);
    for (const { url } of [dead, alive]) await service.add({ url });
    const first = await service.uploadReady(red);
    const second = await service.uploadReady({ ...red, framesPerSecond: 5 });
    await service.sender.sendDue();
    const told = alive.received.map(({ body }) => JSON.parse(body).data.videoId);
    expect(told).toEqual([first.id, second.id]);
    expect(dead.received).toHaveLength(1);
  });

  it('do not hold up a leaving process, and are told after its next start', async () => {
    const service = await sendingService();
    let hanging = true;
    let asked: IncomingMessage | undefined;
    const url = await plainServer((request, response) => {
      asked = request;
      if (!hanging) response.end();
    });
    const { id } = await service.add({ url });
    await service.uploadReady(red);
    const sending = service.sender.sendDue();
    while (asked === undefined) await new Promise((resolve) => setImmediate(resolve));
    await service.sender.close();
    await sending;
    expect((await service.log(id)).deliveries).toMatchObject([{ state: 'pending', attempts: 0 }]);
    hanging = false;
    const { webhooks, webhookHttp } = service.library;
    const next = new WebhookSender({ webhooks, http: webhookHttp, beatMs: 1, logFault: () => {} });
    await next.sendDue();
    expect((await service.log(id)).deliveries).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });

  it('have secrets that are told once', async () => {
    const { app } = await colourService();
    const { secret } = (await (
      await app.request('/v1/webhooks', jsonRequest({ url: 'https://example.com/hook' }))
    ).json()) as Created;
    expect(secret).toMatch(/^whsec_/);
    expect(await (await app.request('/v1/webhooks')).text()).not.toContain(secret);
  });

  it.each([
    ['http://10.0.0.1/', 403],
    ['file:///etc/passwd', 403],
    ['nonsense', 400],
  ])('do not go to %s', async (url, status) => {
    const { app } = await colourService();
    expect((await app.request('/v1/webhooks', jsonRequest({ url }))).status).toBe(status);
  });
});

describe('a video by its address', () => {
  const intake = { maxUploadBytes: 1000, mediaRoots: [], allowUrls: true };

  it('is fetched, stored and made ready', async () => {
    const service = await workingService({ intake });
    const url = await plainServer((_, response) => response.end(JSON.stringify(red)));
    const response = await service.app.request(
      '/v1/videos',
      jsonRequest({ url: `${url}/films/a%20red%20film.mp4?token=secret` }),
    );
    expect(response.status).toBe(202);
    const { job } = (await response.json()) as AcceptedBody;
    const { videoId } = await service.ended(job!.id);
    const video = await service.get(`/v1/videos/${videoId}`);
    expect(video).toMatchObject({ status: 'ready', title: 'a red film', stored: true });
    expect(JSON.stringify(video)).not.toContain('secret');
    const again = await service.app.request('/v1/videos', jsonRequest({ url: `${url}/other.mp4` }));
    expect(await service.ended(((await again.json()) as AcceptedBody).job!.id)).toMatchObject({
      result: { videoId, known: true },
    });
    expect(await collected(service.library.blobs.list())).toHaveLength(1);
  });

  it.each([true, false])('leaves nothing when it is too large (length told: %s)', async (isTold) => {
    const service = await workingService({ intake });
    const url = await plainServer((_, response) => {
      if (isTold) response.setHeader('content-length', 2000);
      response.end('x'.repeat(2000));
    });
    const response = await service.app.request('/v1/videos', jsonRequest({ url }));
    const { job } = (await response.json()) as AcceptedBody;
    expect(await service.ended(job!.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'payload-too-large' },
    });
    expect(await collected(service.library.blobs.list())).toEqual([]);
    expect(await service.library.catalog.size()).toEqual({ videos: 0, clips: 0 });
  });

  it('closes the connection of one that says it is too large', async () => {
    const service = await workingService({ intake });
    let closed: Promise<unknown> = Promise.resolve();
    const url = await plainServer((_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-length': 2000 }).write('x');
    });
    const response = await service.app.request('/v1/videos', jsonRequest({ url }));
    const { job } = (await response.json()) as AcceptedBody;
    expect(await service.ended(job!.id)).toMatchObject({ failure: { code: 'payload-too-large' } });
    await closed;
  });

  it('is refused where the server takes no addresses, and where the address is not public', async () => {
    const closed = await colourService();
    const url = 'https://example.com/film.mp4';
    expect((await closed.app.request('/v1/videos', jsonRequest({ url }))).status).toBe(403);
    const open = await colourService({ intake });
    for (const inside of ['http://10.0.0.1/film.mp4', 'http://[::ffff:10.0.0.1]/', 'file:///etc/passwd'])
      expect((await open.app.request('/v1/videos', jsonRequest({ url: inside }))).status).toBe(403);
  });
});
