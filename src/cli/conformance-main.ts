import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type Comparison, describeError } from '../app/conformance/comparison.js';
import { runConformance } from '../app/run-conformance.js';
import { conformanceSubject } from '../composition/conformance-subject.js';
import { AppError, toAppError } from '../domain/errors.js';
import { resultLine } from './result-line.js';

/** `npm run conformance -- DIR [--engine cpu|cuda] [--json]`: exit code 0 only if every comparison passed. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { engine: { type: 'string', default: 'cpu' }, json: { type: 'boolean' } },
  });
  const [directory, ...rest] = positionals;
  if (directory === undefined || rest.length > 0) {
    throw new AppError('invalid-input', `One folder of cases is expected, got ${positionals.length}.`, {
      hint: 'Run npm run conformance -- DIR [--engine cpu|cuda] [--json].',
    });
  }
  if (values.engine !== 'cpu' && values.engine !== 'cuda') {
    throw new AppError('invalid-input', `--engine takes cpu or cuda, not "${values.engine}".`);
  }
  const comparisons: Comparison[] = [];
  for await (const comparison of runConformance(directory, conformanceSubject(values.engine)))
    comparisons.push(comparison);
  const failed = comparisons.filter(({ passed }) => !passed).length;
  console.log(`Engine: ${values.engine}`);
  console.log(table(comparisons));
  console.log(
    failed === 0 ? `All ${comparisons.length} passed.` : `${failed} of ${comparisons.length} FAILED.`,
  );
  if (values.json) console.log(resultLine(results(comparisons, failed)));
  if (failed > 0) process.exitCode = 1;
}

function table(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((comparison) => [
    comparison.case,
    comparison.tensor,
    describeError(comparison),
    comparison.passed ? 'pass' : 'FAIL',
    String(comparison.tolerance),
  ]);
  const printed = new Table({
    head: ['case', 'tensor', 'worst error', '', 'tolerance'],
    style: { head: [], border: [] },
    // No lines between rows: a table of a hundred must fit a screen or two.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  printed.push(...rows);
  return printed.toString();
}

function results(comparisons: readonly Comparison[], failed: number): Record<string, number> {
  const errors = comparisons.map((each) => [
    `conformance.${each.case}.${each.tensor}`.replaceAll(' ', '.'),
    each.error,
  ]);
  return {
    ...Object.fromEntries(errors),
    'conformance.compared': comparisons.length,
    'conformance.failed': failed,
  };
}

try {
  await main();
} catch (thrown) {
  const error = toAppError(thrown);
  console.error(error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
  process.exitCode = error.exitCode;
}
