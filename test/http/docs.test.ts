import { describe, expect, it } from 'vitest';
import { colourService } from '../support/colour-service.js';

describe('Swagger UI at /docs', () => {
  it('is whole, and asks nobody else for anything', async () => {
    const { app: served } = await colourService();
    const page = await (await served.request('/docs')).text();
    const asked = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(asked.length).toBe(4);
    for (const address of asked) {
      expect(address).not.toMatch(/^(https?:)?\/\//);
      const response = await served.request(`/${address}`);
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    const script = await (await served.request('/docs/start.js')).text();
    expect(script).toContain('validatorUrl: null');
  });

  it.each(['package.json', 'index.html', '..%2Fpackage.json', '__proto__', 'constructor'])(
    'does not hand out %s of its package',
    async (name) => {
      expect((await (await colourService()).app.request(`/docs/${name}`)).status).toBe(404);
    },
  );
});
