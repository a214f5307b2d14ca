import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { HttpService } from './http-service.js';

const anywhere = { host: '127.0.0.1', port: 0 };
const FOREVER_MS = 2 ** 30;

/** A promise, and what settles it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Asks without waiting for the answer; the answer's text, or the code of what went wrong. */
function ask(url: string, agent?: Agent): Promise<string> {
  return new Promise((resolve) => {
    request(url, { agent }, (response) => {
      text(response).then(resolve, (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

describe('a server that is told to stop', () => {
  it('answers what it has been asked, and takes no more', async () => {
    const arrived = gate();
    const answer = gate();
    const service = await HttpService.start(async () => {
      arrived.open();
      await answer.opened;
      return new Response('done');
    }, anywhere);
    const stop = new AbortController();
    const ended = service.runUntil(stop.signal, FOREVER_MS);
    const asked = ask(service.url);
    await arrived.opened;
    stop.abort();
    // The listener is gone once the abort has been heard.
    await new Promise(setImmediate);
    expect(await ask(service.url)).toBe('ECONNREFUSED');
    answer.open();
    expect(await asked).toBe('done');
    await ended;
  });

  it('does not wait for connections that are kept for later', async () => {
    const service = await HttpService.start(() => new Response('done'), anywhere);
    const stop = new AbortController();
    const ended = service.runUntil(stop.signal, FOREVER_MS);
    const agent = new Agent({ keepAlive: true });
    expect(await ask(service.url, agent)).toBe('done');
    stop.abort();
    await ended;
    agent.destroy();
  });

  it('cuts off what does not end in its time', async () => {
    const service = await HttpService.start(
      () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('begun ')) })),
      anywhere,
    );
    const stop = new AbortController();
    const ended = service.runUntil(stop.signal, 0);
    const asked = request(service.url).end();
    const [response] = await once(asked, 'response');
    await once(response, 'data');
    const broken = text(response).catch((error: NodeJS.ErrnoException) => error.code);
    stop.abort();
    await ended;
    expect(await broken).toBe('ECONNRESET');
  });
});

it('says which port is taken', async () => {
  const first = await HttpService.start(() => new Response(), anywhere);
  const stop = new AbortController();
  const ended = first.runUntil(stop.signal, 0);
  const port = Number(new URL(first.url).port);
  const second = HttpService.start(() => new Response(), { ...anywhere, port });
  await expect(second).rejects.toMatchObject({
    code: 'invalid-input',
    message: `Port ${port} of 127.0.0.1 is taken.`,
  });
  stop.abort();
  await ended;
});
