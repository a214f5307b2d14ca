import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { catalogue, type FaultRow, type NamedTest } from './catalogue.js';

const REPORT = 'build/faults/rows-report.json';
/** The state of each row when they were last run. */
export const KEPT_STATES = 'build/faults/rows.json';

/** `explained`: there is no test, and a sentence says why. `absent`: a test was not there or was skipped. */
export type RowState = 'green' | 'red' | 'absent' | 'explained';

export interface RowResults {
  rows: number;
  green: number;
  red: number;
  states: Record<number, RowState>;
}

interface RanTest {
  file: string;
  name: string;
  status: string;
}

/**
 * Runs the tests that the rows of the catalogue name, and says of each row whether they passed.
 * @param onlyRed those that were green when they were last run are so still
 */
export async function runRows(say: (line: string) => void, onlyRed = false): Promise<RowResults> {
  const before: Record<number, RowState> = onlyRed ? JSON.parse(readFileSync(KEPT_STATES, 'utf8')) : {};
  const rows = catalogue.filter(({ row }) => before[row] !== 'green');
  const files = [...new Set(rows.flatMap(({ tests }) => tests.map(([file]) => file)))];
  say(`rows: ${rows.length} of ${catalogue.length}, in ${files.length} files of tests`);
  const names = rows.flatMap(({ tests }) => tests.map(([, name]) => name));
  const ran = await runTests(files, [...new Set(names)]);
  const states: Record<number, RowState> = {
    ...before,
    ...Object.fromEntries(rows.map((row) => [row.row, stateOf(row, ran)])),
  };
  for (const { row, fault, tests, reason = '' } of catalogue) {
    const state = states[row]!;
    if (state === 'green') continue;
    say(`  row ${row} (${fault}) is ${state}${state === 'explained' ? `: ${reason}` : ''}`);
    for (const test of tests) if (stateOfTest(test, ran) !== 'green') say(`    ${test.join(': ')}`);
  }
  writeFileSync(KEPT_STATES, JSON.stringify(states));
  const count = (...which: RowState[]) =>
    Object.values(states).filter((state) => which.includes(state)).length;
  say(`  ${count('green')} of ${catalogue.length} rows green, ${count('explained')} explained`);
  return { rows: catalogue.length, green: count('green'), red: count('red', 'absent'), states };
}

async function runTests(files: readonly string[], names: readonly string[]): Promise<RanTest[]> {
  mkdirSync('build/faults', { recursive: true });
  rmSync(REPORT, { force: true });
  const pattern = names.map((name) => name.replace(/[^\w\s]/g, '\\$&')).join('|');
  const options = [
    ...['run', '-c', 'vitest.faults.config.ts', '--testNamePattern', pattern],
    ...['--reporter=json', `--outputFile=${REPORT}`],
  ];
  const vitest = spawn('npx', ['vitest', ...options, ...files], { stdio: ['ignore', 'ignore', 'inherit'] });
  await once(vitest, 'exit');
  const { testResults } = JSON.parse(readFileSync(REPORT, 'utf8')) as {
    testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[];
  };
  return testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ file, name: fullName, status })),
  );
}

function stateOf({ tests }: FaultRow, ran: readonly RanTest[]): RowState {
  if (tests.length === 0) return 'explained';
  const states = tests.map((test) => stateOfTest(test, ran));
  if (states.includes('red')) return 'red';
  return states.includes('absent') ? 'absent' : 'green';
}

/** Of all tests that go by the name, one must have run and none failed. */
function stateOfTest([file, part]: NamedTest, ran: readonly RanTest[]): RowState {
  const path = resolve(file);
  const named = ran.filter((test) => test.file === path && test.name.includes(part));
  if (named.some(({ status }) => status === 'failed')) return 'red';
  return named.some(({ status }) => status === 'passed') ? 'green' : 'absent';
}
