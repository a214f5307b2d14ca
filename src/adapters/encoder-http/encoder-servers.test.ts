import { expect, it } from 'vitest';
import { z } from 'zod';
import { plainServer } from '../../../test/support/plain-server.js';
import { EncoderServers } from './encoder-servers.js';

const answer = z.object({ from: z.string() });
const question = { path: '/v1/things', body: {}, answer, deadlineMs: 5_000 };

/** A server that says who it is, and counts how often it was asked. */
async function encoder(name: string, refuse?: { status: number; code: string }) {
  const asked: (string | undefined)[] = [];
  const url = await plainServer((request, response) => {
    asked.push(request.headers.authorization);
    response.statusCode = refuse?.status ?? 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(refuse ? { code: refuse.code, detail: `${name} says no.` } : { from: name }));
  });
  return { url, asked };
}

const nobody = 'http://127.0.0.1:1';

it('asks the next server when one is away or fails, and the one that is away rests', async () => {
  const ill = await encoder('ill', { status: 500, code: 'internal' });
  const well = await encoder('well');
  const servers = new EncoderServers({ urls: [nobody, ill.url, well.url], key: 'secret' });
  for (let round = 0; round < 8; round++) expect(await servers.ask(question)).toEqual({ from: 'well' });
  expect(well.asked).toEqual(Array(8).fill('Bearer secret'));
  expect(ill.asked).toHaveLength(3);
});

it('spreads questions that are asked at once', async () => {
  const [one, other] = [await encoder('one'), await encoder('other')];
  const servers = new EncoderServers({ urls: [one.url, other.url] });
  await Promise.all(Array.from({ length: 10 }, () => servers.ask(question)));
  expect([one.asked.length, other.asked.length]).toEqual([5, 5]);
});

it('passes on what a server refuses, without asking another', async () => {
  const strict = await encoder('strict', { status: 400, code: 'invalid-input' });
  const other = await encoder('other');
  const servers = new EncoderServers({ urls: [strict.url, other.url] });
  await expect(servers.ask(question)).rejects.toMatchObject({
    code: 'invalid-input',
    message: 'strict says no.',
  });
  expect(other.asked).toEqual([]);
});

it('a busy server is passed over, and asked again next time', async () => {
  const busy = await encoder('busy', { status: 503, code: 'overloaded' });
  const other = await encoder('other');
  const servers = new EncoderServers({ urls: [busy.url, other.url] });
  for (let round = 0; round < 5; round++) await servers.ask(question);
  expect(busy.asked).toHaveLength(5);
});

it('says of each server why it does not answer when none does', async () => {
  const babbling = await plainServer((_, response) => response.end('<html>'));
  const servers = new EncoderServers({ urls: [nobody, babbling] });
  await expect(servers.ask(question)).rejects.toMatchObject({
    code: 'encoder-unavailable',
    message: expect.stringMatching(/127\.0\.0\.1:1: cannot be reached; .*no JSON/),
  });
});

it('gives up a server that does not answer in time, and at once when the caller does', async () => {
  const hanging = await plainServer(() => {});
  const servers = new EncoderServers({ urls: [hanging] });
  await expect(servers.ask({ ...question, deadlineMs: 50 })).rejects.toThrow('no answer within 50 ms');
  const caller = new AbortController();
  const asked = servers.ask({ ...question, signal: caller.signal });
  caller.abort();
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
});

it.each(['', 'encoder-1', 'ftp://encoder-1', 'http://encoder-1/?a=b'])('%j is no encoder', (url) => {
  expect(() => new EncoderServers({ urls: [url] })).toThrow('An encoder cannot be at');
});
