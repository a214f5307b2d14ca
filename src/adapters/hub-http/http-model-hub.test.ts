import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HubServer, sha256 } from '../../../test/support/hub-server.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { HttpModelHub } from './http-model-hub.js';

const file = { repository: 'owner/name', revision: 'main', path: 'weights.pth' };
/** Many times what is on its way in buffers, which a broken connection loses. */
const SIZE = 4_000_000;
const address = '/owner/name/resolve/main/weights.pth';

async function scene() {
  const server = await HubServer.start();
  const content = randomBytes(SIZE);
  server.files.set(address, content);
  const pauses: number[] = [];
  const hub = new HttpModelHub({
    endpoint: server.endpoint,
    token: 'secret',
    pause: async (ms) => {
      pauses.push(ms);
    },
  });
  const folder = await temporaryFolder();
  return { server, content, hub, folder, target: join(folder, 'models', 'weights.pth'), pauses };
}

describe('HttpModelHub', () => {
  it('brings a file from the CDN, checked, under its name, and tells how far it is', async () => {
    const { server, content, hub, target } = await scene();
    const heard: number[] = [];
    const onProgress = ({
      receivedBytes,
      totalBytes,
    }: {
      receivedBytes: number;
      totalBytes: number | undefined;
    }) => {
      expect(totalBytes).toBe(content.byteLength);
      heard.push(receivedBytes);
    };
    const downloaded = await hub.download(file, target, { onProgress });
    expect(downloaded).toEqual({ sizeBytes: SIZE, sha256: sha256(content), commit: 'c0ffee' });
    expect(content.equals(await readFile(target))).toBe(true);
    expect(heard[0]).toBe(0);
    expect(heard.at(-1)).toBe(SIZE);
    expect(heard).toEqual(heard.toSorted((left, right) => left - right));
    expect(await readdir(join(target, '..'))).toEqual(['weights.pth']);
    expect(server.requests('hub', 'HEAD')).toHaveLength(1);
  });

  it('gives its token to the hub, and to nobody the hub redirects to', async () => {
    const { server, hub, target } = await scene();
    await hub.download(file, target);
    const tokens = (name: 'hub' | 'cdn') =>
      new Set(server.seen.filter((each) => each.server === name).map(({ authorization }) => authorization));
    expect(tokens('hub')).toEqual(new Set(['Bearer secret']));
    expect(tokens('cdn')).toEqual(new Set([undefined]));
  });

  it('goes on after a cut connection with the bytes that are missing', async () => {
    const { server, content, hub, target, pauses } = await scene();
    server.mishaps.cdn.push(
      { kind: 'cut', afterBytes: 2_000_000 },
      { kind: 'hang-up' },
      { kind: 'cut', afterBytes: 1_500_000 },
    );
    await hub.download(file, target);
    expect(content.equals(await readFile(target))).toBe(true);
    const [first, , third, last] = server.requests('cdn', 'GET');
    expect(first).toMatchObject({ range: undefined, ifRange: undefined });
    expect(third).toMatchObject({
      range: expect.stringMatching(/^bytes=[12]\d{6}-$/),
      ifRange: expect.stringMatching(/^"cdn-/),
    });
    expect(last).toMatchObject({ range: expect.stringMatching(/^bytes=[23]\d{6}-$/) });
    expect(pauses).toHaveLength(3);
  });

  it('goes on in another process, and begins anew when the file has changed meanwhile', async () => {
    for (const changes of [false, true]) {
      const { server, hub, target } = await scene();
      server.mishaps.cdn.push(
        { kind: 'cut', afterBytes: 3_000_000 },
        ...Array.from({ length: 12 }, () => ({ kind: 'hang-up' }) as const),
      );
      await expect(hub.download(file, target)).rejects.toMatchObject({
        code: 'download-failed',
        hint: /go on/,
      });
      expect(existsSync(target)).toBe(false);
      server.mishaps.cdn.length = 0;
      server.seen.length = 0;
      if (changes) server.files.set(address, randomBytes(60_000));
      await new HttpModelHub({ endpoint: server.endpoint, token: undefined }).download(file, target);
      expect(Buffer.from(server.files.get(address)!).equals(await readFile(target))).toBe(true);
      expect(server.requests('cdn', 'GET')[0]!.range).toEqual(
        changes ? undefined : expect.stringMatching(/^bytes=[23]\d{6}-$/),
      );
    }
  });

  it('fetches everything again from a server that knows no ranges', async () => {
    const { server, content, hub, target } = await scene();
    server.knowsRanges = false;
    server.mishaps.cdn.push({ kind: 'cut', afterBytes: 3_000_000 });
    await hub.download(file, target);
    expect(content.equals(await readFile(target))).toBe(true);
  });

  it('waits as long as a busy server asks, and longer each time where it does not say', async () => {
    const { server, hub, target, pauses } = await scene();
    server.mishaps.hub.push(
      { kind: 'status', status: 429, retryAfter: '7' },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 502, retryAfter: new Date(Date.now() + 90_000).toUTCString() },
    );
    await hub.download(file, target);
    const [seven, second, third, date] = pauses;
    expect(seven).toBe(7000);
    expect(second).toBeLessThanOrEqual(2000);
    expect(third).toBeGreaterThanOrEqual(2000);
    expect(date).toBeGreaterThan(85_000);
  });

  it('does not wait for hours, and does not try what cannot succeed', async () => {
    const { server, hub, target, pauses } = await scene();
    server.mishaps.hub.push({ kind: 'status', status: 429, retryAfter: '7200' });
    await expect(hub.download(file, target)).rejects.toThrow(/come back in 120 minutes/);
    server.mishaps.hub.push({ kind: 'status', status: 401 });
    await expect(hub.download(file, target)).rejects.toMatchObject({
      code: 'download-failed',
      hint: /HF_TOKEN/,
    });
    await expect(hub.download({ ...file, path: 'none.pth' }, target)).rejects.toThrow(/answered 404/);
    expect(pauses).toEqual([]);
  });

  it('refuses what does not match the announced hash, and leaves nothing of it', async () => {
    const { server, hub, target } = await scene();
    server.tamper = (content) => content.map((byte, position) => (position === 1234 ? byte ^ 1 : byte));
    await expect(hub.download(file, target)).rejects.toMatchObject({ code: 'corrupt-data', hint: /removed/ });
    expect(await readdir(join(target, '..'))).toEqual([]);
  });

  it('throws away a beginning that was spoilt on the disk, and fetches the file once more', async () => {
    const { server, content, hub, target } = await scene();
    server.mishaps.cdn.push(
      { kind: 'cut', afterBytes: 3_000_000 },
      ...Array.from({ length: 12 }, () => ({ kind: 'hang-up' }) as const),
    );
    await hub.download(file, target).catch(() => {});
    server.mishaps.cdn.length = 0;
    await writeFile(`${target}.part`, randomBytes(2_500_000));
    await hub.download(file, target);
    expect(content.equals(await readFile(target))).toBe(true);
  });

  it('downloads nothing when the hub announces another file than the one that is known', async () => {
    const { server, hub, target } = await scene();
    const pinned = { ...file, sha256: sha256(Buffer.from('what it was')) };
    await expect(hub.download(pinned, target)).rejects.toMatchObject({
      code: 'corrupt-data',
      message: /another file/,
    });
    expect(server.requests('cdn', 'GET')).toEqual([]);
  });

  it('checks a small file by its git hash and by its pin', async () => {
    const { server, hub, folder } = await scene();
    const vocabulary = Buffer.from('[PAD]\n[UNK]\n');
    server.smallFiles.set('/owner/name/resolve/main/vocab.txt', vocabulary);
    const small = { ...file, path: 'vocab.txt' };
    const target = join(folder, 'vocab.txt');
    expect(await hub.download(small, target)).toMatchObject({ sha256: sha256(vocabulary) });
    const pinned = { ...small, sha256: sha256(Buffer.from('another')) };
    await expect(hub.download(pinned, join(folder, 'again.txt'))).rejects.toMatchObject({
      code: 'corrupt-data',
    });
  });

  it('stops when it is told to, and keeps what has arrived', async () => {
    const { hub, target } = await scene();
    const controller = new AbortController();
    const onProgress = ({ receivedBytes }: { receivedBytes: number }) => {
      if (receivedBytes > 0) controller.abort();
    };
    const stopped = hub.download(file, target, { signal: controller.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(`${target}.part`)).toBe(true);
  });
});
