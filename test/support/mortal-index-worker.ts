import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { indexOperations } from '../../src/adapters/index-hnsw/index-operations.js';

/** A file in the folder of the index that has the next thread die before it begins. */
const STILLBIRTH = 'stillbirth';

const order = join(Piscina.workerData.folder, STILLBIRTH);
if (existsSync(order)) {
  rmSync(order);
  throw new Error('The thread of the index was to die before it began.');
}

/** The thread of an index that dies as it is told to on a channel, which is named like the folder of the index. */
export const { add, remove, search, clipIds, state, settled, write, close } = indexOperations(
  Piscina.workerData,
);

export type Death = 'exit' | 'throw';

new BroadcastChannel(Piscina.workerData.folder).onmessage = (event) => {
  const { data: death } = event as { data: Death };
  if (death === 'exit') process.exit(1);
  throw new Error('The thread of the index was to die.');
};
