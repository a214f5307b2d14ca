import { remote } from '../worker-thread/remote-result.js';
import type { ClipBatch, IndexEngine, IndexEngineOptions, IndexQuery } from './index-engine.js';
import { LocalEngine } from './local-engine.js';

export type IndexOperations = ReturnType<typeof indexOperations>;

/** What the module of an index's thread exports for `ThreadEngine` to call. */
export function indexOperations(options: IndexEngineOptions) {
  let opening: Promise<IndexEngine> | undefined;
  const opened = (): Promise<IndexEngine> => {
    opening ??= LocalEngine.open(options);
    return opening;
  };
  return {
    add: remote(async (batch: ClipBatch) => (await opened()).add(batch)),
    remove: remote(async (clipIds: readonly number[]) => (await opened()).remove(clipIds)),
    search: remote(async (query: IndexQuery) => (await opened()).search(query)),
    clipIds: remote(async (_: undefined) => (await opened()).clipIds()),
    state: remote(async (_: undefined) => (await opened()).state()),
    settled: remote(async (_: undefined) => (await opened()).settled()),
    write: remote(async (_: undefined) => (await opened()).write()),
    close: remote(async (_: undefined) => (await opened()).close()),
  };
}
