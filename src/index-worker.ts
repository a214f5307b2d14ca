import { Piscina } from 'piscina';
import { indexOperations } from './adapters/index-hnsw/index-operations.js';

/** Entry of the thread that holds an index: `ThreadEngine` starts it and calls what it exports. */
export const { add, remove, search, clipIds, state, settled, write, close } = indexOperations(
  Piscina.workerData,
);
