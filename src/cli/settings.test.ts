import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { readSettings, resolveSettings } from './settings.js';

async function folderWith(config: unknown) {
  const folder = await temporaryFolder();
  const file = join(folder, 'videre.config.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  // A configuration of whoever runs the tests must not count.
  return { folder, file, home: { XDG_CONFIG_HOME: folder } };
}

describe('settings', () => {
  it('come from the flag, else the environment, else the file, else the default', async () => {
    const { folder, file, home } = await folderWith({ host: 'in-file', port: 1, maxConcurrentRequests: 7 });
    const environment = { ...home, VIDERE_HOST: 'in-environment', VIDERE_PORT: '2' };
    const resolved = resolveSettings({ port: '3' }, environment, folder);
    expect(resolved.file).toBe(file);
    expect(resolved.values).toMatchObject({
      port: 3,
      host: 'in-environment',
      maxConcurrentRequests: 7,
      shutdownSeconds: 10,
    });
    expect(resolved.sources).toMatchObject({
      port: 'flag',
      host: 'environment',
      maxConcurrentRequests: 'file',
      shutdownSeconds: 'default',
    });
  });

  it('take paths of the file from beside the file, and others from where one is', async () => {
    const { file, home } = await folderWith({ dataFolder: 'library', bundleFolder: '/models/m' });
    const elsewhere = await temporaryFolder();
    const { values } = resolveSettings({ config: file, bundle: 'mine' }, home, elsewhere);
    expect(values.dataFolder).toBe(join(file, '..', 'library'));
    expect(values.bundleFolder).toBe(join(elsewhere, 'mine'));
  });

  it('read lists and switches from text as from JSON', async () => {
    const { folder, home } = await folderWith({ allowedHosts: ['a.example'], requireKey: true });
    expect(resolveSettings({}, home, folder).values).toMatchObject({
      allowedHosts: ['a.example'],
      requireKey: true,
    });
    const environment = { ...home, VIDERE_ALLOWED_HOSTS: 'a.example, b.example', VIDERE_REQUIRE_KEY: 'no' };
    expect(resolveSettings({}, environment, folder).values).toMatchObject({
      allowedHosts: ['a.example', 'b.example'],
      requireKey: false,
    });
  });

  it.each([
    [{}, { VIDERE_PORT: '70000' }, 'VIDERE_PORT takes a whole number from 0 to 65535, not "70000".'],
    [{ port: '-1' }, {}, '--port takes a whole number from 0 to 65535, not "-1".'],
    [{ port: '1e3' }, {}, '--port takes a whole number'],
    [{}, { VIDERE_CORS_ORIGINS: 'example.org' }, 'VIDERE_CORS_ORIGINS takes origins, as https://example.org'],
    [{}, { VIDERE_REQUIRE_KEY: 'perhaps' }, 'VIDERE_REQUIRE_KEY takes true or false, not "perhaps".'],
  ])('refuse %j with %j, saying where it stands and what is taken', async (flags, environment, message) => {
    const { folder, home } = await folderWith({});
    const resolve = () => resolveSettings(flags, { ...home, ...environment }, folder);
    expect(resolve).toThrow(message);
  });

  it.each([
    [{ prot: 1 }, 'there is no setting "prot".', 'Did you mean port?'],
    [{ constructor: 1 }, 'there is no setting "constructor".', 'Settings are dataFolder'],
    [{ colour: 1 }, 'there is no setting "colour".', 'Settings are dataFolder'],
    [{ port: 'eighty' }, 'port takes a whole number from 0 to 65535, not "eighty".', 'docs/configuration.md'],
    [{ dataFolder: null }, 'dataFolder takes a path, not null.', 'docs/configuration.md'],
    ['{ port: 1 }', 'is no JSON', undefined],
    ['[]', 'holds no JSON object', '"port": 7330'],
  ])('refuse the file %j', async (config, message, hint) => {
    const { folder, home, file } = await folderWith(config);
    let thrown: unknown;
    try {
      resolveSettings({}, home, folder);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid-input', message: expect.stringContaining(message) });
    expect(thrown).toMatchObject({ message: expect.stringContaining(file) });
    if (hint !== undefined) expect(thrown).toMatchObject({ hint: expect.stringContaining(hint) });
  });

  it('refuse a file that is named and missing, and do without one that is not named', async () => {
    const folder = await temporaryFolder();
    const home = { XDG_CONFIG_HOME: folder };
    expect(resolveSettings({}, home, folder).file).toBeUndefined();
    expect(() => resolveSettings({ config: 'none.json' }, home, folder)).toThrow(join(folder, 'none.json'));
  });

  it('reach adapters and worker threads, which look into the environment, from the file too', async () => {
    const { file, home } = await folderWith({ threads: 3 });
    const environment: NodeJS.ProcessEnv = { ...home };
    readSettings({ config: file }, environment);
    expect(environment.VIDERE_THREADS).toBe('3');
  });
});
