import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, it } from 'vitest';
import { Endpoints } from '../endpoints.js';
import { problemResponse } from '../problem.js';
import { receiveBody } from './receive-body.js';
import { shedLoad } from './shed-load.js';

function service(deadlineMs: number) {
  const app = new OpenAPIHono();
  const endpoints = new Endpoints(app);
  app.onError((error, context) => problemResponse(context, error));
  app.use(receiveBody(endpoints, deadlineMs));
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
