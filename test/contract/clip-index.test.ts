import { ExactIndex } from '../../src/adapters/index-exact/exact-index.js';
import { HnswIndex } from '../../src/adapters/index-hnsw/hnsw-index.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeClipIndex } from './clip-index.contract.js';

describeClipIndex('ExactIndex', async (dimension) => new ExactIndex(dimension));

describeClipIndex('HnswIndex', async (dimension) =>
  HnswIndex.open({
    folder: await temporaryFolder(),
    dimension,
    modelFingerprint: 'model',
    ledger: new MemoryLedger(),
  }),
);
