import { availableParallelism, cpus } from 'node:os';

/** The machine that made a figure. */
export interface MachineFacts {
  node: string;
  cpu: string;
  cores: number;
  platform: string;
}

export function machineFacts(): MachineFacts {
  return {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
  };
}

/**
 * What every benchmark and evaluation prints last when given `--json`: one line, so that a script can take it with `tail`.
 * JSON knows no NaN or infinity; such a result is left out, since a missing figure cannot be mistaken for a good one.
 */
export function resultLine(results: Readonly<Record<string, number>>): string {
  const finite = Object.entries(results).filter(([, value]) => Number.isFinite(value));
  return JSON.stringify({ machine: machineFacts(), results: Object.fromEntries(finite) });
}
