import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../src/domain/errors.js';
import { measureHour } from './load/hour.js';
import { measureLoopDelay } from './load/loop-delay.js';
import { measureProgramStarts } from './load/program-starts.js';
import { measureRecovery } from './load/recovery.js';
import { measureSlowClients } from './load/slow-clients.js';
import { measureUploadMemory } from './load/upload-memory.js';

const measurements: Record<string, (cacheFolder: string) => Promise<Record<string, number>>> = {
  starts: measureProgramStarts,
  loop: () => measureLoopDelay(30),
  upload: measureUploadMemory,
  slow: measureSlowClients,
  recovery: measureRecovery,
  hour: measureHour,
};

/**
 * What load does to the service: a server as people start it, in a process of its own.
 *
 *   npm run bench -- load [--only starts,loop,upload,slow,recovery,hour] [--cache FOLDER] [--json]
 *
 * The cache folder keeps what takes long to make: an hour of video (3 GB), and the library of 100,000 clips that the
 * benchmark `search` uses, too.
 */
export async function benchmarkLoad(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: Object.keys(measurements).join(',') },
      cache: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench') },
    },
  });
  await mkdir(values.cache, { recursive: true });
  const results: Record<string, number> = {};
  for (const name of values.only.split(',')) {
    const measure = measurements[name];
    if (measure === undefined) {
      throw new AppError('invalid-input', `--only knows no "${name}".`, {
        hint: `It takes a list of ${Object.keys(measurements).join(', ')}.`,
      });
    }
    Object.assign(results, await measure(values.cache));
  }
  return results;
}
