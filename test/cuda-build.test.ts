import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

const runs = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const nvcc = [process.env.CUDACXX, 'nvcc', '/usr/local/cuda/bin/nvcc'].find((name) => name && runs(name));
const missing = [nvcc === undefined && 'nvcc', !runs('cmake') && 'cmake'].filter((name) => name !== false);

describe.skipIf(missing.length > 0)(
  `the CUDA scan${missing.length > 0 ? ` (skipped: there is no ${missing.join(' and no ')})` : ''}`,
  () => {
    it('compiles without a warning, cuBLAS or no cuBLAS', async () => {
      const into = join(await temporaryFolder(), 'build');
      const build = spawnSync(process.execPath, ['scripts/build-cuda.mjs', '--scan', '--into', into], {
        encoding: 'utf8',
      });
      expect(build.stderr).toBe('');
      expect(build).toMatchObject({ status: 0, stdout: 'Compiled the CUDA scan.\n' });
    }, 180_000);
  },
);
