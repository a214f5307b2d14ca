import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteLibraryLoader } from '../../src/adapters/catalog-sqlite/sqlite-library-loader.js';
import { importLibrary } from '../../src/app/archive/import-library.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { colourService } from '../support/colour-service.js';
import { writeScript } from '../support/colour-world.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('GET /v1/export gives an archive that can be imported', async () => {
  const { app, library, folder } = await colourService();
  const path = await writeScript(folder, 'a.mp4', { framesPerSecond: 10, scenes: [['red', 2]] });
  await ingestVideo(path, library);
  const response = await app.request('/v1/export?media=true');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-tar');
  const elsewhere = await temporaryFolder();
  const archive = join(elsewhere, 'library.tar');
  await writeFile(archive, new Uint8Array(await response.arrayBuffer()));
  const loader = SqliteLibraryLoader.open(join(elsewhere, 'videre.sqlite'));
  const report = await importLibrary(archive, { loader, blobs: library.blobs }, { merge: false });
  await loader.close();
  expect(report).toMatchObject({ added: 1, clips: 1, files: 1 });
});
