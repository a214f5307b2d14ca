import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HubServer } from '../../test/support/hub-server.js';
import { oddRetrieval, randomBundle } from '../../test/support/random-bundle.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { loadBundle } from '../model/read-bundle.js';
import { encodeSafetensors } from '../model/safetensors-writer.js';
import { modelsCommand } from './models-command.js';

async function material() {
  const folder = await temporaryFolder();
  const { tensors, tokenizerJson } = randomBundle(oddRetrieval);
  const list = [...tensors].map(([name, tensor]) => ({ ...tensor, name, bytes: () => tensor.bytes }));
  const [checkpoint, config, tokenizer] = ['model.safetensors', 'config.json', 'tokenizer.json'].map((file) =>
    join(folder, file),
  ) as [string, string, string];
  await writeFile(checkpoint, encodeSafetensors(list));
  await writeFile(config, JSON.stringify({ kind: 'retrieval', text: { heads: 3 } }));
  await writeFile(tokenizer, tokenizerJson!);
  return { out: join(folder, 'bundle'), checkpoint, options: ['--config', config, '--tokenizer', tokenizer] };
}

const run = (...rawArgs: string[]) => runCommand(modelsCommand, { rawArgs: ['import', ...rawArgs] });

describe('videre models import', () => {
  it('takes CHECKPOINT and OUT around its options, and replaces a bundle only with --overwrite', async () => {
    const { checkpoint, options, out } = await material();
    await run(checkpoint, ...options, out);
    expect((await loadBundle(out)).description.kind).toBe('retrieval');
    await expect(run(checkpoint, ...options, out)).rejects.toMatchObject({
      hint: expect.stringContaining('--overwrite'),
    });
    await expect(run(checkpoint, ...options, '--overwrite', out)).resolves.toBeDefined();
  });

  it('refuses what it does not know, before it writes anything', async () => {
    const { checkpoint, options, out } = await material();
    await expect(run(checkpoint, ...options, '--tokeniser', 'x', out)).rejects.toThrow(/--tokeniser/);
    await expect(run(checkpoint, ...options, out, 'more')).rejects.toThrow(/"more" is one argument too many/);
    await expect(run(checkpoint, out)).rejects.toThrow(/--config/);
    expect(existsSync(out)).toBe(false);
  });
});

/** The lines a command prints. */
async function printed(...rawArgs: string[]): Promise<string[]> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(...String(text).split('\n').slice(0, -1));
    return true;
  });
  try {
    await runCommand(modelsCommand, { rawArgs });
  } finally {
    write.mockRestore();
  }
  return lines;
}

describe('videre models pull', () => {
  it('brings a model that the other commands then know, and that both engines run', async () => {
    const server = await HubServer.start();
    const { checkpoint, options } = await material();
    server.files.set('/owner/name/resolve/main/model.safetensors', await readFile(checkpoint));
    server.smallFiles.set('/owner/name/resolve/main/tokenizer.json', await readFile(options[3]!));
    const file = (path: string) => ({ repository: 'owner/name', revision: 'main', path });
    const entry = {
      name: 'odd',
      description: 'An odd model',
      license: 'MIT',
      source: 'https://example.org/',
      checkpoint: file('model.safetensors'),
      tokenizer: file('tokenizer.json'),
      import: { kind: 'retrieval', text: { heads: 3 } },
    };
    const folder = await temporaryFolder();
    const catalogue = join(folder, 'catalogue.json');
    await writeFile(catalogue, JSON.stringify({ format: 'videre-model-catalogue/1', models: [entry] }));
    vi.stubEnv('HF_ENDPOINT', server.endpoint.href);
    vi.stubEnv('VIDERE_MODELS', join(folder, 'models'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });

    expect((await printed('list', '--available', '--catalogue', catalogue)).join()).toContain('An odd model');
    const [report] = await printed('pull', 'odd', '--catalogue', catalogue, '--json');
    const { status, fingerprint } = JSON.parse(report!);
    expect(status).toBe('pulled');
    expect(await printed('fingerprint', 'odd')).toEqual([fingerprint]);
    const [listed] = await printed('list', '--json');
    expect(JSON.parse(listed!).models).toMatchObject([
      { id: 'odd', kind: 'retrieval', license: 'MIT' },
      { id: 'playground', license: 'Apache-2.0' },
    ]);
    expect((await printed('describe', 'odd')).join('\n')).toContain(`fingerprint   ${fingerprint}`);
    // Two worker threads start, which takes long where others compute.
  }, 120_000);

  it('says which names there are', async () => {
    await expect(printed('pull', 'videomamba')).rejects.toMatchObject({ hint: /videomamba-m-25m/ });
    await expect(printed('describe', 'nothing')).rejects.toMatchObject({
      code: 'not-found',
      hint: /playground/,
    });
  });
});
