import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, it } from 'vitest';
import { Endpoints } from '../endpoints.js';
import { problemResponse } from '../problem.js';
import { receiveBody } from './receive-body.js';
import { shedLoad } from './shed-load.js';

function service(deadlineMs: number, maxBytes = 1000) {
  const app = new OpenAPIHono();
  const endpoints = new Endpoints(app);
  app.onError((error, context) => problemResponse(context, error));
  app.use(receiveBody(endpoints, deadlineMs, maxBytes));
  app.use(shedLoad(endpoints, 1));
  app.post('/v1/echo', async (context) => context.json(await context.req.json()));
  return app;
}

const ask = (app: OpenAPIHono, body: string | ReadableStream<Uint8Array>) =>
  app.request(
    new Request('http://localhost/v1/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit),
  );

it('lets bodies that are still coming keep nobody else waiting', async () => {
  const app = service(60_000);
  const senders: ReadableStreamDefaultController<Uint8Array>[] = [];
  const slow = Array.from({ length: 3 }, () =>
    ask(app, new ReadableStream({ start: (controller) => void senders.push(controller) })),
  );
  expect(await (await ask(app, '"quick"')).json()).toBe('quick');
  for (const [number, sender] of senders.entries()) {
    sender.enqueue(new TextEncoder().encode(String(number)));
    sender.close();
    expect(await (await slow[number]!).json()).toBe(number);
  }
});

it('gives up a body that does not come, and its connection', async () => {
  const response = await ask(service(20), new ReadableStream());
  expect(response.status).toBe(408);
  expect(response.headers.get('connection')).toBe('close');
  expect(await response.json()).toMatchObject({ code: 'too-slow' });
});

it('holds so many bytes of bodies at once, and has room again when their requests are done', async () => {
  const app = service(60_000, 20);
  const senders: ReadableStreamDefaultController<Uint8Array>[] = [];
  const first = ask(app, new ReadableStream({ start: (controller) => void senders.push(controller) }));
  senders[0]!.enqueue(new TextEncoder().encode('"held, and hel'));
  await expect.poll(async () => (await ask(app, '"too much"')).status).toBe(503);
  const refused = await ask(app, '"too much"');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'overloaded' });
  expect((await ask(app, '"fits"')).status).toBe(200);
  senders[0]!.enqueue(new TextEncoder().encode('d"'));
  senders[0]!.close();
  expect(await (await first).json()).toBe('held, and held');
  expect((await ask(app, '"too much"')).status).toBe(200);
});
