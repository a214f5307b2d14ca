import { describe, expect, expectTypeOf, it } from 'vitest';
import { createApiKey } from '../../src/app/access/manage-api-keys.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { answerOf, VidereProblem, videreClient } from '../../src/client.js';
import { colourService } from '../support/colour-service.js';
import { writeScript } from '../support/colour-world.js';

async function client() {
  const { folder, library, serve } = await colourService();
  const scenes: [string, number][] = [['red', 3]];
  await ingestVideo(await writeScript(folder, 'red.mp4', { framesPerSecond: 10, scenes }), library);
  const access = { ...library.access, needsKey: true };
  const app = serve({ access });
  const { text } = await createApiKey(access.keys, { name: 'client', scopes: ['read'] });
  const options = {
    url: 'http://videre.test',
    fetch: async (...args: Parameters<typeof fetch>) => app.request(...args),
  };
  return { signedIn: videreClient({ ...options, apiKey: text }), stranger: videreClient(options) };
}

describe('the typed client', () => {
  it('asks and is answered, with the types of the routes', async () => {
    const { signedIn } = await client();
    const found = await answerOf(signedIn.v1.search.$post({ json: { query: 'red', limit: 1 } }));
    expect(found.results).toMatchObject([{ title: 'red' }]);
    expectTypeOf(found.results[0]!.startSeconds).toEqualTypeOf<number>();
    const { videos } = await answerOf(signedIn.v1.videos.$get({ query: { limit: '10' } }));
    expect(videos).toHaveLength(1);
    expectTypeOf(videos[0]!.title).toEqualTypeOf<string>();
    type SearchBody = Parameters<typeof signedIn.v1.search.$post>[0]['json'];
    expectTypeOf<SearchBody['limit']>().toEqualTypeOf<number | undefined>();
  });

  it('throws the problem that the service tells', async () => {
    const { stranger } = await client();
    const refused = answerOf(stranger.v1.search.$post({ json: { query: 'red' } }));
    await expect(refused).rejects.toBeInstanceOf(VidereProblem);
    await expect(refused).rejects.toMatchObject({ problem: { code: 'unauthorized', status: 401 } });
  });
});
