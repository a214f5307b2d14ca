import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../src/domain/errors.js';

const root = new URL('../../', import.meta.url);
const program = fileURLToPath(new URL('build/bench/scan_baseline', root));

/** Best times of one run of the baseline program, by number of threads. */
export interface BaselineTimes {
  oneThreadMs: number;
  twoThreadsMs: number;
}

/**
 * Compiles the plain AVX-512 loop that comes with the issue, or where it is not there the like of it under kernels/bench.
 * @returns where its source is
 * @throws AppError `missing-dependency` without a compiler.
 */
export function compileBaseline(): string {
  const given = new URL('../shared/bench/scan_baseline.cpp', root);
  const source = fileURLToPath(existsSync(given) ? given : new URL('kernels/bench/plain-scan.cpp', root));
  mkdirSync(new URL('build/bench/', root), { recursive: true });
  const compiler = process.env.CXX ?? 'c++';
  const flags = ['-O3', '-march=native', '-std=c++20', '-pthread'];
  const { status, stderr } = spawnSync(compiler, [...flags, '-o', program, source], { encoding: 'utf8' });
  if (status === 0) return relative(fileURLToPath(root), source);
  throw new AppError(
    'missing-dependency',
    `${compiler} could not build ${source}: ${stderr ?? 'not found'}`,
    {
      hint: 'sudo apt-get install -y g++',
    },
  );
}

export function runBaseline(): BaselineTimes {
  const { stdout } = spawnSync(program, { encoding: 'utf8' });
  const [one, two] = [1, 2].map((threads) =>
    Number(new RegExp(`threads ${threads}: ([\\d.]+) ms`).exec(stdout)?.[1]),
  );
  if (!(one! > 0 && two! > 0)) throw new AppError('internal', `The baseline printed no times: ${stdout}`);
  return { oneThreadMs: one!, twoThreadsMs: two! };
}
