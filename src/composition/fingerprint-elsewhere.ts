import type { RemoteResult } from '../adapters/worker-thread/remote-result.js';
import { WorkerThread } from '../adapters/worker-thread/worker-thread.js';
import { modelThreadModule } from './worker-modules.js';

/** A model's fingerprint, read by a thread that lives just for that. @throws AppError `invalid-model`, `file-not-found`. */
export async function fingerprintElsewhere(bundleFolder: string): Promise<string> {
  const thread = new WorkerThread<{ fingerprint: (folder: string) => Promise<RemoteResult<string>> }>({
    module: modelThreadModule,
    workerData: undefined,
    operations: 'in-turn',
  });
  try {
    return await thread.call('fingerprint', bundleFolder);
  } finally {
    await thread.destroy();
  }
}
