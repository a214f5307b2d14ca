import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REEMBED_JOB } from '../../src/app/models/reembed-job.js';
import { bundleFiles, decoderFiles } from '../../src/model/read-bundle.js';
import { colourService } from '../support/colour-service.js';

const PLAYGROUND = 'models/playground';

/** A service with the playground beside the model it answers with. */
async function service() {
  const { app, library, folder } = await colourService();
  const another = join(folder, 'models', 'another');
  for (const file of [...Object.values(bundleFiles), ...Object.values(decoderFiles)]) {
    await cp(join(PLAYGROUND, file), join(another, file));
  }
  const post = (path: string, body?: unknown) =>
    app.request(path, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  return { app, library, post, another };
}

describe('/v1/models', () => {
  it('lists the models, and says which one answers', async () => {
    const { app } = await service();
    const response = await app.request('/v1/models');
    expect(response.status).toBe(200);
    const { models } = (await response.json()) as { models: unknown[] };
    expect(models).toMatchObject([
      {
        id: 'another',
        active: false,
        problem: null,
        details: { kind: 'retrieval', dimension: 192, architecture: { blocks: 12, frames: 8 } },
      },
      { id: 'colours', active: true, problem: expect.any(String), details: null },
    ]);
  });

  it('describes one, with its fingerprint', async () => {
    const { app } = await service();
    const model = await (await app.request('/v1/models/another')).json();
    expect(model).toMatchObject({
      id: 'another',
      engine: null,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      details: { license: 'Apache-2.0', provenance: { recipe: 'models/recipes/playground' } },
    });
    expect((await app.request('/v1/models/nothing')).status).toBe(404);
  });

  it('has the library brought to another model by a job, one at a time', async () => {
    const { library, post } = await service();
    const response = await post('/v1/models/another/activate', { skipUnreadable: true });
    expect(response.status).toBe(202);
    const { id, kind } = (await response.json()) as { id: string; kind: string };
    expect(kind).toBe(REEMBED_JOB);
    expect(await library.jobs.get(id)).toMatchObject({
      payload: { skipUnreadable: true, bundleFolder: expect.stringMatching(/another$/) },
    });
    const second = await post('/v1/models/another/activate');
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ detail: expect.stringContaining(id) });
    await library.jobs.cancel(id);
    expect((await post('/v1/models/another/activate')).status).toBe(202);
  });

  it('does not bring it to what it is of, or what does not work', async () => {
    const { post } = await service();
    expect((await post('/v1/models/colours/activate')).status).toBe(409);
    expect((await post('/v1/models/nothing/activate')).status).toBe(404);
    expect((await post('/v1/models/another/activate', { skip: true })).status).toBe(400);
  });

  it('refuses one whose decoder was trained on another encoder, or is not there', async () => {
    const { post, another, library } = await service();
    const description = join(another, bundleFiles.description);
    const json = await readFile(description, 'utf8');
    await writeFile(
      description,
      json.replace(/"encoderFingerprint": "\w+"/, `"encoderFingerprint": "${'0'.repeat(64)}"`),
    );
    const response = await post('/v1/models/another/activate');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid-model',
      detail: expect.stringMatching(/was trained on the encoder 0{64}/),
    });
    await writeFile(description, json);
    await rm(join(another, decoderFiles.weights));
    const incomplete = await post('/v1/models/another/activate');
    expect(incomplete.status).toBe(422);
    expect(await incomplete.json()).toMatchObject({
      code: 'invalid-model',
      detail: expect.stringContaining(decoderFiles.weights),
    });
    expect(await library.jobs.list(10)).toMatchObject({ jobs: [] });
  });
});
