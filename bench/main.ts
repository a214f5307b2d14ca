import { resultLine } from '../src/cli/result-line.js';
import { AppError, toAppError } from '../src/domain/errors.js';

type Benchmark = (args: readonly string[]) => Promise<Record<string, number>>;

/** One file a benchmark; each prints its report and returns its figures by name. */
const benchmarks: Record<string, Benchmark> = {
  scan: withoutFlags(async () => (await import('./scan.js')).benchmarkScan()),
  encode: async (args) => (await import('./encode.js')).benchmarkEncode(args),
  text: withoutFlags(async () => (await import('./text.js')).benchmarkText()),
  search: async (args) => (await import('./search.js')).benchmarkSearch(args),
  busy: async (args) => (await import('./busy.js')).benchmarkBusy(args),
  load: async (args) => (await import('./load.js')).benchmarkLoad(args),
  scale: async (args) => (await import('./scale.js')).benchmarkScale(args),
  'scale-inputs': async (args) => (await import('./scale-inputs.js')).measureScaleInputs(args),
  page: async (args) => (await import('./page.js')).benchmarkPage(args),
  words: async (args) => (await import('./words.js')).benchmarkWords(args),
  pgvector: async (args) => (await import('./pgvector.js')).benchmarkPgvector(args),
  'edge-vectors': async (args) => (await import('./edge-vectors.js')).benchmarkEdgeVectors(args),
  migrate: async (args) => (await import('./migrate.js')).benchmarkMigrate(args),
  relevance: async (args) => (await import('./relevance.js')).benchmarkRelevance(args),
  citations: async (args) => (await import('./citations.js')).benchmarkCitations(args),
  moments: withoutFlags(async () => (await import('./moments.js')).benchmarkMoments()),
  int8: async (args) => (await import('./int8.js')).benchmarkInt8(args),
  'cuda-agreement': async (args) => (await import('./cuda/agreement.js')).benchmarkCudaAgreement(args),
  'cuda-node': async (args) => (await import('./cuda/through-node.js')).benchmarkCudaThroughNode(args),
  'cuda-picture': async (args) => (await import('./cuda/cost-picture.js')).drawCudaCost(args),
  'cuda-ingest': async (args) => (await import('./cuda/ingest.js')).benchmarkIngest(args),
};

function withoutFlags(run: () => Promise<Record<string, number>>): Benchmark {
  return (args) => {
    if (args.length > 0) throw new AppError('invalid-input', `This benchmark takes no "${args.join(' ')}".`);
    return run();
  };
}

async function main([name, ...args]: readonly string[]): Promise<void> {
  const benchmark = name === undefined ? undefined : benchmarks[name];
  if (benchmark === undefined) {
    throw new AppError('invalid-input', `There is no benchmark "${name ?? ''}".`, {
      hint: `npm run bench -- NAME [--json], where NAME is one of: ${Object.keys(benchmarks).join(', ')}.`,
    });
  }
  const results = await benchmark(args.filter((arg) => arg !== '--json'));
  if (args.includes('--json')) process.stdout.write(`${resultLine(results)}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  const error = toAppError(thrown);
  process.stderr.write(`${error.message}${error.hint ? ` ${error.hint}` : ''}\n`);
  process.exitCode = error.exitCode;
}
