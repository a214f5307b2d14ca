import { afterEach, describe, expect, it, vi } from 'vitest';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { colourService } from '../support/colour-service.js';
import { colourModel, writeScript } from '../support/colour-world.js';

const logFault = vi.fn();
afterEach(() => logFault.mockReset());

async function appWith(...colours: string[]) {
  const { app, folder, library } = await colourService({ logFault });
  for (const colour of colours) {
    const script = { framesPerSecond: 10, scenes: [[colour, 3]] as [string, number][] };
    await ingestVideo(await writeScript(folder, `${colour}.mp4`, script), library);
  }
  return { app, library };
}

function search(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: text };
}

describe('POST /v1/search', () => {
  it('refuses a huge body as a problem', async () => {
    const { app } = await appWith();
    const response = await app.request('/v1/search', search({ query: 'red', more: 'x'.repeat(34_000_000) }));
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const detail = expect.stringContaining('at most 33554432 bytes');
    expect(await response.json()).toMatchObject({ status: 413, code: 'payload-too-large', detail });
    expect(logFault).not.toHaveBeenCalled();
  });

  it('tells a fault inside Videre to the log, not to the client', async () => {
    const { app, library } = await appWith('red');
    const fault = new Error('secret path /etc/shadow');
    library.textEncoder.encode = async () => {
      throw fault;
    };
    const response = await app.request('/v1/search', search({ query: 'red' }));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(logFault).toHaveBeenCalledWith(fault, {
      id: response.headers.get('x-request-id'),
      method: 'POST',
      path: '/v1/search',
    });
  });
});

it('says on /healthz what it runs on', async () => {
  const { app } = await appWith('red', 'green');
  const response = await app.request('/healthz');
  expect(await response.json()).toEqual({
    status: 'ok',
    version: '1.2.3',
    model: { name: 'colours', fingerprint: colourModel.fingerprint, kernel: 'none' },
  });
});
