import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../../src/adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { ExactIndex } from '../../src/adapters/index-exact/exact-index.js';
import { openAccess } from '../../src/http/guard.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import { ColourTextEncoder, ColourVideoEncoder, colourModel, ScriptReader } from './colour-world.js';

/** Everything the use cases need, in the colour world, on a real catalog. */
export function colourLibrary(dataFolder: string) {
  const database = new LibraryDatabase(join(dataFolder, 'videre.sqlite'));
  const catalog = new SqliteCatalog(database);
  onTestFinished(() => catalog.close());
  return {
    catalog,
    index: new ExactIndex(colourModel.dimension),
    media: new ScriptReader(),
    videoEncoder: new ColourVideoEncoder(),
    textEncoder: new ColourTextEncoder(),
    sampleFrames: sampleFrameIndices,
    access: openAccess(new SqliteApiKeys(database)),
  };
}
