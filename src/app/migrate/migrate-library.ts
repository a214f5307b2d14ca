import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import {
  LIBRARY_TABLES,
  type LibraryRow,
  type LibraryRows,
  type LibraryTable,
} from '../../ports/library-rows.js';

/** Rows read, stored and compared at once. */
const ROWS_AT_ONCE = 500;

export interface MigrateOptions {
  signal?: AbortSignal;
  /** @param share of the rows that have gone through this stage, 0 to 1 */
  onProgress?: (stage: 'copying' | 'verifying', share: number) => void;
}

export interface MigrationReport {
  /** By table, rows there are in both databases. */
  rows: Record<LibraryTable, number>;
  /** Rows that were copied this time; the others had been before. */
  copied: number;
  /** SHA-256 over every row of both, in order: the same for libraries that hold the same. */
  sha256: string;
}

/**
 * Takes the rows of a library to another database as they are, and then compares all of them, vectors bit by bit. What
 * was copied before it broke off is compared and not copied again.
 * @throws AppError `conflict` when the target holds something else, or either changes meanwhile; as `LibraryRows`.
 */
export async function migrateLibrary(
  source: LibraryRows,
  target: LibraryRows,
  { signal, onProgress = () => {} }: MigrateOptions = {},
): Promise<MigrationReport> {
  const rows = {} as Record<LibraryTable, number>;
  let total = 0;
  for (const table of LIBRARY_TABLES) {
    rows[table] = await source.count(table);
    total += rows[table];
  }
  const told = (stage: 'copying' | 'verifying') => {
    let done = 0;
    return (count: number) => {
      if (signal?.aborted) {
        throw new AppError('cancelled', 'The migration was stopped.', {
          cause: signal.reason,
          hint: 'The same command goes on with it.',
        });
      }
      done += count;
      onProgress(stage, total === 0 ? 1 : done / total);
    };
  };
  const copyProgress = told('copying');
  let copied = 0;
  for (const table of LIBRARY_TABLES) copied += await copyTable(table, source, target, copyProgress);
  await target.raiseNumbers(await source.lastNumbers());

  const hash = createHash('sha256');
  const verifyProgress = told('verifying');
  for (const table of LIBRARY_TABLES) {
    hash.update(`${table}\n`);
    for await (const [given, taken] of inStep(table, source, target)) {
      assertSame(table, given, taken);
      for (const row of given) hash.update(canonical(row)).update('\n');
      verifyProgress(given.length);
    }
  }
  return { rows, copied, sha256: hash.digest('hex') };
}

/** @returns how many rows were not there yet. */
async function copyTable(
  table: LibraryTable,
  source: LibraryRows,
  target: LibraryRows,
  onCopied: (rows: number) => void,
): Promise<number> {
  let copied = 0;
  for await (const [given, taken] of inStep(table, source, target)) {
    assertSame(table, given.slice(0, taken.length), taken);
    const missing = given.slice(taken.length);
    if (missing.length > 0) await target.insert(table, missing);
    copied += missing.length;
    onCopied(given.length);
  }
  return copied;
}

/** The rows of both, from the first to the last of the source's, and what the target has beyond them. */
async function* inStep(
  table: LibraryTable,
  source: LibraryRows,
  target: LibraryRows,
): AsyncGenerator<[given: LibraryRow[], taken: LibraryRow[]]> {
  let after: LibraryRow | undefined;
  for (;;) {
    const [given, taken] = await Promise.all([
      source.rowsAfter(table, after, ROWS_AT_ONCE),
      target.rowsAfter(table, after, ROWS_AT_ONCE),
    ]);
    if (given.length === 0 && taken.length === 0) return;
    yield [given, taken];
    after = given.at(-1);
    if (after === undefined) return;
  }
}

function assertSame(table: LibraryTable, given: readonly LibraryRow[], taken: readonly LibraryRow[]): void {
  const length = Math.max(given.length, taken.length);
  for (let position = 0; position < length; position++) {
    const [ours, theirs] = [given[position], taken[position]].map((row) => row && canonical(row));
    if (ours === theirs) continue;
    const row = given[position] ?? taken[position];
    throw new AppError('conflict', `The two databases differ in ${table}: ${nameOf(row!)}.`, {
      hint: 'Nobody may work on either meanwhile, and the target has to be empty, or left by a migration of this library.',
      details: { table, hasSource: ours !== undefined, hasTarget: theirs !== undefined },
    });
  }
}

/** One text for a row, whatever order its columns come in. */
function canonical(row: LibraryRow): string {
  return JSON.stringify(inOrder(row));
}

function inOrder(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value;
  const entries = Object.entries(value).map(([key, each]) => [key, inOrder(each)] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function nameOf({ id, sequence, clipId, turn }: LibraryRow): string {
  return `row ${String(id ?? sequence ?? clipId ?? turn)}`;
}
