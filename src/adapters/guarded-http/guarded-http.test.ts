import type { LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { collected } from '../../../test/support/collected.js';
import { plainServer } from '../../../test/support/plain-server.js';
import { guardedLookup, isPublicAddress } from './address-guard.js';
import { GuardedHttp } from './guarded-http.js';

const strict = { allowLoopback: false };

function client(rules = strict): GuardedHttp {
  const http = new GuardedHttp(rules);
  onTestFinished(() => http.close());
  return http;
}

const text = async (body: AsyncIterable<Uint8Array>) => Buffer.concat(await collected(body)).toString();

describe('addresses', () => {
  it.each([
    ...[
      '127.0.0.1',
      '127.255.255.254',
      '0.0.0.0',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
    ],
    ...['100.64.0.1', '192.0.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.1'],
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1'],
    ...[
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      '2001:db8::1',
      '::127.0.0.1',
      '::7f00:1',
      '::a00:1',
      'fec0::1',
      '4000::1',
    ],
    ...['nonsense', ''],
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address, strict)).toBe(false);
  });

  it.each(['93.184.216.34', '8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is', (address) => {
    expect(isPublicAddress(address, strict)).toBe(true);
  });

  it('never lets an address of a private network through, however it is mapped', () => {
    const privateFour = fc
      .tuple(
        fc.constantFrom([10], [127], [192, 168], [169, 254]),
        fc.array(fc.nat(255), { minLength: 3, maxLength: 3 }),
      )
      .map(([start, rest]) => [...start, ...rest].slice(0, 4).join('.'));
    fc.assert(
      fc.property(privateFour, (address) => {
        expect(isPublicAddress(address, strict)).toBe(false);
        expect(isPublicAddress(`::ffff:${address}`, strict)).toBe(false);
      }),
    );
  });
});

describe('GuardedHttp', () => {
  it.each([
    ...['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://[::1]/'],
    ...[
      'http://[::ffff:169.254.169.254]/',
      'http://169.254.169.254/latest',
      'http://10.0.0.1:80/',
      'http://0/',
    ],
    ...[
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://example.com/',
      'http://user:pw@example.com/',
      'x',
    ],
  ])('refuses %s without asking anybody', async (url) => {
    const http = client();
    expect(() => http.assertCallable(url)).toThrow(expect.objectContaining({ code: 'address-refused' }));
    await expect(http.download(url)).rejects.toMatchObject({ code: 'address-refused' });
    await expect(http.post(url, {}, '')).rejects.toMatchObject({ code: 'address-refused' });
  });

  it('refuses a name that means this machine, and asks nothing of it', async () => {
    let asked = 0;
    const url = await plainServer((_, response) => {
      asked++;
      response.end('secret');
    });
    const named = url.replace('127.0.0.1', 'localhost');
    await expect(client().download(named)).rejects.toMatchObject({ code: 'address-refused' });
    expect(asked).toBe(0);
  });

  it('connects to what it checked, and refuses a name with one private address among its public ones', async () => {
    const answers: LookupAddress[] = [{ address: '93.184.216.34', family: 4 }];
    const resolve = ((_: string, __: object, callback: (error: null, found: LookupAddress[]) => void) =>
      callback(null, answers)) as unknown as typeof lookup;
    const look = (all: boolean) =>
      new Promise((settle) => {
        guardedLookup(strict, resolve)('example.com', { all }, (error, found) => settle(error ?? found));
      });
    expect(await look(false)).toBe('93.184.216.34');
    expect(await look(true)).toEqual(answers);
    answers.push({ address: '10.0.0.1', family: 4 });
    expect(await look(true)).toMatchObject({ code: 'address-refused' });
    answers.length = 0;
    expect(await look(false)).toMatchObject({ code: 'address-refused' });
  });

  it('refuses a redirect to what it would have refused itself', async () => {
    // Loopback is allowed here, so that the first server can be asked at all.
    const url = await plainServer((request, response) => {
      response.writeHead(302, { location: decodeURIComponent(request.url!.slice(1)) }).end();
    });
    for (const target of [
      'http://169.254.169.254/',
      'http://[fe80::1]/',
      'file:///etc/passwd',
      'http://10.0.0.1/',
    ]) {
      const download = client({ allowLoopback: true }).download(`${url}/${encodeURIComponent(target)}`);
      await expect(download).rejects.toMatchObject({ code: 'address-refused' });
    }
  });

  it('says that a redirect leads nowhere', async () => {
    const url = await plainServer((_, response) => {
      response.writeHead(302, { location: 'http://[' }).end();
    });
    await expect(client({ allowLoopback: true }).download(url)).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('no address'),
    });
  });

  it('follows a few redirects, and no circle', async () => {
    const url = await plainServer((request, response) => {
      const left = Number(request.url!.slice(1));
      if (left === 0) response.end('here');
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    const http = client({ allowLoopback: true });
    expect(await text((await http.download(`${url}/5`)).body)).toBe('here');
    await expect(http.download(`${url}/6`)).rejects.toMatchObject({ code: 'download-failed' });
  });

  it.each([
    ['a refusal', 'it answers 404', (response: ServerResponse) => response.writeHead(404).end()],
    ['a broken connection', 'cannot be had', (response: ServerResponse) => response.destroy()],
    [
      'half a file',
      'cannot be had',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('half');
        setImmediate(() => response.destroy());
      },
    ],
  ])('says %s, and keeps the query to itself', async (_, said, answer) => {
    const url = await plainServer((_, response) => void answer(response));
    const http = client({ allowLoopback: true });
    const download = (async () => text((await http.download(`${url}/film?token=secret`)).body))();
    const error = await download.then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'download-failed', message: expect.stringContaining(said) });
    expect(error.message).not.toContain('secret');
  });

  it.each([404, 302])('does not wait for the rest of an answer of %s', async (status) => {
    let closed: Promise<unknown> = Promise.resolve();
    const url = await plainServer((_, response) => {
      closed = once(response, 'close');
      response.writeHead(status, status === 302 ? { location: 'http://10.0.0.1/' } : {}).write('x');
    });
    const http = client({ allowLoopback: true });
    const code = status === 302 ? 'address-refused' : 'download-failed';
    await expect(http.download(url)).rejects.toMatchObject({ code });
    await closed;
  });

  it('gives a file up that takes too long, and closes its connection', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const url = await plainServer((_, response) => {
      closed = once(response, 'close');
      response.write('x');
    });
    const pace = { deadlineMs: 0, leastBytesPerMinute: 1 };
    const http = new GuardedHttp({ allowLoopback: true }, pace);
    onTestFinished(() => http.close());
    const { body } = await http.download(url);
    await expect(text(body)).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('longer than'),
    });
    await closed;
  });

  it('posts, and tells the status whatever it is', async () => {
    const received: string[] = [];
    const url = await plainServer(async (request, response) => {
      received.push(`${request.headers['x-a']} ${await text(request)}`);
      response.writeHead(301, { location: 'http://169.254.169.254/' }).end();
    });
    expect(await client({ allowLoopback: true }).post(url, { 'x-a': 'b' }, 'body')).toBe(301);
    expect(received).toEqual(['b body']);
  });
});
