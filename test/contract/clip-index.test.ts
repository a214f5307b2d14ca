import { onTestFinished } from 'vitest';
import { ExactIndex } from '../../src/adapters/index-exact/exact-index.js';
import { HnswIndex } from '../../src/adapters/index-hnsw/hnsw-index.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeClipIndex } from './clip-index.contract.js';

const threadModule = new URL('../../src/index-worker.ts', import.meta.url);

async function openHnsw(dimension: number, extra: { threadModule?: URL } = {}): Promise<HnswIndex> {
  const index = await HnswIndex.open({
    folder: await temporaryFolder(),
    dimension,
    modelFingerprint: 'model',
    ledger: new MemoryLedger(),
    ...extra,
  });
  onTestFinished(() => index.close());
  return index;
}

describeClipIndex('ExactIndex', async (dimension) => new ExactIndex(dimension));
describeClipIndex('HnswIndex', openHnsw);
describeClipIndex('HnswIndex in a thread', (dimension) => openHnsw(dimension, { threadModule }));
