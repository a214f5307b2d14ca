import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { SharpImageReader } from '../../src/adapters/images-sharp/sharp-image-reader.js';
import { createApiKey } from '../../src/app/access/manage-api-keys.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { HttpService } from '../../src/cli/http-service.js';
import { colourService } from '../support/colour-service.js';
import { writeScript } from '../support/colour-world.js';

const PLACE = 'VIDERE=http://127.0.0.1:7330';

/** The commands of the page, as one script: what fails says which, and what it was answered. */
async function examples(url: string): Promise<string> {
  const page = await readFile(new URL('../../docs/http.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands!);
  const script = blocks.join('');
  expect(script).toContain(PLACE);
  return `set -euo pipefail
exec 2>&1
trap 'echo "failed: $BASH_COMMAND"' ERR
curl() { command curl --fail-with-body "$@"; }
${script.replace(PLACE, `VIDERE=${url}`)}`;
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

it.skipIf(!hasCurl)(
  'the commands of docs/http.md do what it says (with curl, where it is there)',
  async () => {
    const { serve, library, folder } = await colourService();
    const { media, videoEncoder, sampleFrames } = library;
    const app = serve({ visual: { media, videoEncoder, sampleFrames, images: new SharpImageReader() } });
    const film = (name: string, colour: string) =>
      writeScript(folder, name, { framesPerSecond: 10, scenes: [[colour, 3]] });
    await ingestVideo(await film('red.mp4', 'red'), library);
    await film('clip.mp4', 'red');
    await film('new.mp4', 'green');
    const { text } = await createApiKey(library.access.keys, { name: 'docs', scopes: ['read'] });

    const service = await HttpService.start(app.fetch, { host: '127.0.0.1', port: 0 });
    const stop = new AbortController();
    const ended = service.runUntil(stop.signal, 0);
    try {
      const environment = { ...process.env, VIDERE_KEY: text };
      const shell = spawn('bash', ['-c', await examples(service.url)], { cwd: folder, env: environment });
      const [said, [exitCode]] = await Promise.all([readText(shell.stdout), once(shell, 'close')]);
      expect(exitCode, said).toBe(0);
      for (const part of ['"noGoodMatch"', '"A red film"', '"texts"', '"cancelled"', 'videre_info']) {
        expect(said).toContain(part);
      }
    } finally {
      stop.abort();
      await ended;
    }
  },
);
