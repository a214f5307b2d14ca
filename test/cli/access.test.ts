import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runHere } from '../support/run-here.js';
import { serveVidere } from '../support/serve-videre.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('videre serve', () => {
  it('does not listen where others can reach it without a key, says what to type, and does with one', async () => {
    const data = ['--data', join(await temporaryFolder(), 'library')];
    await expect(runHere('serve', '--host', '0.0.0.0', ...data)).rejects.toMatchObject({
      message: expect.stringContaining('does not listen there without an API key'),
      hint: expect.stringContaining('videre keys create NAME --scope admin'),
    });
    const { stdout: key } = await runHere('keys', 'create', 'test', '--scope', 'read', ...data);
    const { child, url, ended } = await serveVidere('--host', '0.0.0.0', ...data);
    const address = url.replace('0.0.0.0', '127.0.0.1');
    const ask = (headers: Record<string, string>) => fetch(`${address}/v1/videos`, { headers });
    expect((await ask({})).status).toBe(401);
    const answer = await ask({ authorization: `Bearer ${key.trim()}` });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit')).toMatch(/^limit=1200/);

    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    // A process of its own has to load everything, beside other tests.
  }, 90_000);
});

describe('videre keys', () => {
  it('shows a key once, and lists and revokes it by its id', async () => {
    const data = ['--data', join(await temporaryFolder(), 'library')];
    const made = await runHere('keys', 'create', 'my', 'phone', '--scope', 'read,write', '--json', ...data);
    const { id, key, scopes, name } = JSON.parse(made.stdout);
    expect({ scopes, name }).toEqual({ scopes: ['read', 'write'], name: 'my phone' });
    await runHere('keys', 'revoke', id, ...data);
    const listed = await runHere('keys', 'list', '--json', ...data);
    expect(JSON.parse(listed.stdout).keys).toMatchObject([{ id, status: 'revoked' }]);
    // The secret's alphabet has the underscore, too.
    const secret = key.split('_').slice(2).join('_');
    expect(listed.stdout).not.toContain(secret);
    expect((await readFile(join(data[1]!, 'videre.sqlite'))).includes(secret)).toBe(false);
  });

  it.each([
    [['create', 'x', '--scope', 'root'], '--scope takes read, write, admin, not "root".', undefined],
    [['create', 'x', '--expires', 'soon'], '--expires takes a time as 12h, 90d or 1y', undefined],
    [['create', 'x', '--expires', '2001-01-01'], '2001-01-01T00:00:00.000Z is over already.', undefined],
    [['revoke', 'nothing'], 'There is no key "nothing".', 'List them with: videre keys list'],
    [['lst'], 'There is no command lst.', 'Did you mean list?'],
  ])('refuses %j', async (args, message, hint) => {
    const running = runHere('keys', ...args, '--data', await temporaryFolder());
    await expect(running).rejects.toMatchObject({ message: expect.stringContaining(message), hint });
  });
});

interface Findings {
  findings: { name: string; status: string; detail: string; advice?: string }[];
}

describe('videre doctor', () => {
  afterEach(() => vi.unstubAllEnvs());

  const doctor = async (data: string) => {
    const { exitCode, stdout } = await runHere('doctor', '--port', '0', '--deep', '--json', '--data', data);
    const { findings } = JSON.parse(stdout) as Findings;
    return { exitCode, of: (name: string) => findings.find((finding) => finding.name === name) };
  };

  it('finds a library sound, its database damaged, and a program missing, with what to do', async () => {
    const data = await temporaryFolder();
    const without = await doctor(data);
    expect(without.of('library')).toMatchObject({
      status: 'warn',
      advice: expect.stringContaining('ingest'),
    });

    await runHere('keys', 'create', 'test', '--data', data);
    const sound = await doctor(data);
    expect(sound.of('database')).toMatchObject({ status: 'ok', detail: expect.stringContaining('0 videos') });

    const path = join(data, 'videre.sqlite');
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0x55, 8192, 20_000));
    vi.stubEnv('VIDERE_FFMPEG', 'no-such-program');
    const damaged = await doctor(data);
    expect(damaged.of('ffmpeg')).toMatchObject({ status: 'fail', advice: expect.any(String) });
    expect(damaged.of('database')).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('backup'),
    });
    expect(damaged.exitCode).toBe(69);
  });
});

describe('videre config', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('says what is in force and where it comes from, and hides secrets', async () => {
    const file = join(await temporaryFolder(), 'config.json');
    await writeFile(file, JSON.stringify({ port: 8080, languageModelKey: 'sk-secret' }));
    vi.stubEnv('VIDERE_HOST', '::1');
    const { stdout } = await runHere('config', '--config', file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      file,
      settings: {
        port: { value: 8080, source: 'file' },
        host: { value: '::1', source: 'environment', variable: 'VIDERE_HOST' },
        shutdownSeconds: { value: 10, source: 'default' },
      },
    });
    expect(stdout).not.toContain('sk-secret');
  });
});
