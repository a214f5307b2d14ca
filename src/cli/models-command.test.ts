import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { describe, expect, it } from 'vitest';
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
