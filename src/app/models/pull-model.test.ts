import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HubServer, sha256 } from '../../../test/support/hub-server.js';
import { oddRetrieval, randomBundle } from '../../../test/support/random-bundle.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { HttpModelHub } from '../../adapters/hub-http/http-model-hub.js';
import { AppError } from '../../domain/errors.js';
import { type CatalogueModel, parseModelCatalogue } from '../../model/model-catalogue.js';
import { encodeSafetensors } from '../../model/safetensors-writer.js';
import { pullModel } from './pull-model.js';

const golden = '../shared/golden';

function catalogue(
  files: { checkpoint: string; tokenizer?: string },
  config: Record<string, unknown>,
): CatalogueModel {
  const hubFile = (path: string) => ({ repository: 'owner/name', revision: 'main', path });
  const entry = {
    name: 'a-model',
    description: 'A model.',
    license: 'MIT',
    source: 'https://example.org/model',
    checkpoint: hubFile(files.checkpoint),
    ...(files.tokenizer === undefined ? {} : { tokenizer: hubFile(files.tokenizer) }),
    import: config,
  };
  const [model] = parseModelCatalogue(
    JSON.stringify({ format: 'videre-model-catalogue/1', models: [entry] }),
    'test',
  );
  return model!;
}

/** A hub with a small checkpoint, and what is needed to pull it. */
async function scene() {
  const server = await HubServer.start();
  const { tensors, tokenizerJson } = randomBundle(oddRetrieval);
  const list = [...tensors].map(([name, tensor]) => ({ ...tensor, name, bytes: () => tensor.bytes }));
  server.files.set('/owner/name/resolve/main/model.safetensors', encodeSafetensors(list));
  server.smallFiles.set('/owner/name/resolve/main/tokenizer.json', Buffer.from(tokenizerJson!));
  const model = catalogue(
    { checkpoint: 'model.safetensors', tokenizer: 'tokenizer.json' },
    { kind: 'retrieval', text: { heads: 3 } },
  );
  const tested: string[] = [];
  const dependencies = {
    hub: new HttpModelHub({ endpoint: server.endpoint, token: undefined, pause: async () => {} }),
    modelsFolder: join(await temporaryFolder(), 'models'),
    selfTest: async (folder: string) => {
      tested.push(folder);
    },
  };
  return { server, model, dependencies, tested };
}

describe('pullModel', () => {
  it('makes a bundle of what the hub sends, tries it before it takes its place, and keeps no downloads', async () => {
    const { model, dependencies, tested } = await scene();
    const stages: string[] = [];
    const pulled = await pullModel(model, dependencies, {
      onStage: (stage, file) => stages.push(file === undefined ? stage : `${stage} ${file}`),
    });
    expect(stages).toEqual([
      'downloading model.safetensors',
      'downloading tokenizer.json',
      'importing',
      'testing',
    ]);
    expect(pulled).toMatchObject({ status: 'pulled', folder: join(dependencies.modelsFolder, 'a-model') });
    expect(tested).toHaveLength(1);
    expect(tested[0]).not.toBe(pulled.folder);
    expect(pulled.bundle.description).toMatchObject({
      name: 'a-model',
      license: 'MIT',
      provenance: { source: 'https://example.org/model', revision: 'c0ffee', file: 'model.safetensors' },
    });
    expect(await readdir(join(dependencies.modelsFolder, '.downloads'))).toEqual([]);
    const again = await pullModel(model, dependencies);
    expect(again).toMatchObject({ status: 'present' });
    expect(again.bundle.fingerprint).toBe(pulled.bundle.fingerprint);
  });

  it('remembers what files were, and refuses others under their names', async () => {
    const { server, model, dependencies } = await scene();
    const address = '/owner/name/resolve/main/model.safetensors';
    const { pinned } = await pullModel(model, dependencies);
    expect(pinned[0]).toEqual({ path: 'model.safetensors', sha256: sha256(server.files.get(address)!) });
    server.files.set(address, Buffer.from('something else'));
    await expect(pullModel(model, dependencies, { overwrite: true })).rejects.toMatchObject({
      code: 'corrupt-data',
    });
    expect(await pullModel(model, dependencies)).toMatchObject({ status: 'present' });
  });

  it('leaves the bundle that was there when the new one does not work, and downloads nothing twice', async () => {
    const { server, model, dependencies } = await scene();
    const { bundle } = await pullModel(model, dependencies);
    const failing = {
      ...dependencies,
      selfTest: async () => {
        throw new AppError('invalid-model', 'It does not work.');
      },
    };
    await expect(pullModel(model, failing, { overwrite: true })).rejects.toThrow('It does not work.');
    server.seen.length = 0;
    const replaced = await pullModel(model, dependencies, { overwrite: true });
    expect(replaced.bundle.fingerprint).toBe(bundle.fingerprint);
    expect(server.requests('cdn', 'GET')).toEqual([]);
  });

  it.skipIf(!existsSync(golden))(
    'pulls a checkpoint as the reference saves it (skipped where ../shared/golden is not there)',
    async () => {
      const { server, dependencies } = await scene();
      server.files.set(
        '/owner/name/resolve/main/classify-tubelet2.pth',
        await readFile(join(golden, 'classify-tubelet2.pth')),
      );
      const model = catalogue({ checkpoint: 'classify-tubelet2.pth' }, { kind: 'classification' });
      const { bundle } = await pullModel(model, dependencies);
      expect(bundle.description).toMatchObject({ kind: 'classification', video: { tubelet: 2 } });
    },
  );
});

describe('the catalogue that ships', () => {
  it('is one, with a tokenizer for every model that reads texts, and its names can be folders', async () => {
    const models = parseModelCatalogue(
      await readFile('models/catalogue.json', 'utf8'),
      'models/catalogue.json',
    );
    expect(models.map(({ name }) => name)).toContain('videomamba-m-25m');
    expect(new Set(models.map(({ name }) => name)).size).toBe(models.length);
    for (const { config, tokenizer } of models)
      expect(tokenizer !== undefined).toBe(config.kind === 'retrieval');
  });
});
