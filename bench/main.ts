import { resultLine } from '../src/cli/result-line.js';
import { AppError, toAppError } from '../src/domain/errors.js';

/** One file a benchmark; each prints its report and returns its figures by name. */
const benchmarks: Record<string, () => Promise<Record<string, number>>> = {
  scan: async () => (await import('./scan.js')).benchmarkScan(),
};

async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknownFlag = args.find((arg) => arg.startsWith('--') && arg !== '--json');
  const benchmark = names.length === 1 ? benchmarks[names[0]!] : undefined;
  if (benchmark === undefined || unknownFlag !== undefined) {
    throw new AppError('invalid-input', `There is no benchmark "${args.join(' ')}".`, {
      hint: `npm run bench -- NAME [--json], where NAME is one of: ${Object.keys(benchmarks).join(', ')}.`,
    });
  }
  const results = await benchmark();
  if (args.includes('--json')) process.stdout.write(`${resultLine(results)}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  const error = toAppError(thrown);
  process.stderr.write(`${error.message}${error.hint ? ` ${error.hint}` : ''}\n`);
  process.exitCode = error.exitCode;
}
