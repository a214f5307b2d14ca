import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpointOf, pickle, pickleBytes } from '../../test/support/hand-made-checkpoint.js';
import { oddRetrieval, randomBundle } from '../../test/support/random-bundle.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { openCheckpoint } from '../model/checkpoint.js';
import { loadBundle } from '../model/read-bundle.js';
import { encodeSafetensors } from '../model/safetensors-writer.js';
import { importCheckpoint } from './import-checkpoint.js';

const golden = '../shared/golden';
const contents = randomBundle(oddRetrieval);

/** A folder with a checkpoint, its config and its tokenizer. */
async function material() {
  const folder = await temporaryFolder();
  const tensors = [...contents.tensors].map(([name, tensor]) => ({
    ...tensor,
    name,
    bytes: () => tensor.bytes,
  }));
  await writeFile(join(folder, 'model.safetensors'), encodeSafetensors(tensors));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ kind: 'retrieval', text: { heads: 3 }, license: 'MIT' }),
  );
  await writeFile(join(folder, 'tokenizer.json'), contents.tokenizerJson!);
  const request = {
    checkpointPath: join(folder, 'model.safetensors'),
    config: join(folder, 'config.json'),
    tokenizerPath: join(folder, 'tokenizer.json'),
    outputFolder: join(folder, 'bundle'),
  };
  return { folder, request };
}

describe('importCheckpoint', () => {
  it('makes a bundle that says where it is from', async () => {
    const { request } = await material();
    const { bundle, changes, dropped } = await importCheckpoint(request);
    expect({ changes, dropped }).toEqual({ changes: [], dropped: [] });
    expect(bundle.description).toMatchObject({
      name: 'model',
      license: 'MIT',
      provenance: {
        importedFrom: 'model.safetensors',
        importedSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect((await loadBundle(request.outputFolder)).fingerprint).toBe(bundle.fingerprint);
  });

  it('takes a vocab.txt for a tokenizer', async () => {
    const { folder, request } = await material();
    const vocabulary = Object.keys(JSON.parse(contents.tokenizerJson!).model.vocab);
    await writeFile(join(folder, 'vocab.txt'), vocabulary.join('\n'));
    await importCheckpoint({ ...request, tokenizerPath: join(folder, 'vocab.txt') });
    expect(await readFile(join(request.outputFolder, 'tokenizer.json'), 'utf8')).toBe(contents.tokenizerJson);
  });

  it('refuses a checkpoint that calls os.system, and leaves what was there', async () => {
    const { folder, request } = await material();
    const { bundle } = await importCheckpoint(request);
    const canary = join(folder, 'canary');
    const call = `${pickle.global('os', 'system')}${pickle.tupleOf(pickle.string(`touch ${canary}`))}R`;
    const evil = join(folder, 'evil.pth');
    await writeFile(evil, checkpointOf(pickleBytes(call)));
    const before = await readdir(folder);
    await expect(
      importCheckpoint({ ...request, checkpointPath: evil, overwrite: true }),
    ).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining('os.system'),
      details: { name: 'os.system' },
    });
    expect(existsSync(canary)).toBe(false);
    expect(await readdir(folder)).toEqual(before);
    expect((await loadBundle(request.outputFolder)).fingerprint).toBe(bundle.fingerprint);
  });

  it.each<[string, Partial<Record<'checkpointPath' | 'config' | 'tokenizerPath', string>>, string, RegExp]>([
    ['a checkpoint that is not there', { checkpointPath: 'absent.pth' }, 'file-not-found', /absent\.pth/],
    ['a config that is not there', { config: 'absent.json' }, 'file-not-found', /absent\.json/],
    ['a tokenizer that is not there', { tokenizerPath: 'absent.txt' }, 'file-not-found', /absent\.txt/],
    ['a checkpoint that is text', { checkpointPath: 'config.json' }, 'invalid-model', /no checkpoint/],
    [
      'a tokenizer that is none',
      { tokenizerPath: 'model.safetensors' },
      'invalid-model',
      /model\.safetensors/,
    ],
    ['a folder for a checkpoint', { checkpointPath: '.' }, 'invalid-model', /not a regular file/],
  ])('says what is wrong with %s, and writes nothing', async (_, files, code, message) => {
    const { folder, request } = await material();
    const paths = Object.fromEntries(Object.entries(files).map(([key, file]) => [key, join(folder, file)]));
    const outcome = importCheckpoint({ ...request, ...paths });
    await expect(outcome).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(existsSync(request.outputFolder)).toBe(false);
  });

  it('asks for the tokenizer a retrieval model needs', async () => {
    const { request } = await material();
    await expect(importCheckpoint({ ...request, tokenizerPath: undefined })).rejects.toMatchObject({
      code: 'invalid-input',
      hint: expect.stringContaining('tokenizer.json or vocab.txt'),
    });
  });

  it.skipIf(!existsSync(golden))(
    `imports the classification checkpoint of ${golden} (skipped where that folder is missing)`,
    async () => {
      const outputFolder = join(await temporaryFolder(), 'bundle');
      const checkpointPath = join(golden, 'classify-tubelet2.pth');
      const { bundle } = await importCheckpoint({
        checkpointPath,
        config: join(golden, 'classify-tubelet2.json'),
        outputFolder,
      });
      const checkpoint = openCheckpoint(checkpointPath);
      for (const name of checkpoint.tensors.keys()) {
        expect(bundle.tensor(name)).toEqual(checkpoint.readTensorAsFloat32(name));
      }
      checkpoint.close();
      expect(await readdir(outputFolder)).toEqual(['bundle.json', 'weights.safetensors']);
    },
  );
});
