import { fileURLToPath } from 'node:url';
import { OnnxTextEncoder } from '../src/adapters/encoder-onnx/onnx-text-encoder.js';
import { percentile } from './percentile.js';

const worker = new URL('../src/engine-worker.ts', import.meta.url);
const playground = fileURLToPath(new URL('../models/playground', import.meta.url));
const rounds = 200;

/** A query's text encoding as a search does it, worker thread and tokenizer included: new texts, and one seen before. */
export async function benchmarkText(): Promise<Record<string, number>> {
  const encoder = await OnnxTextEncoder.load({ bundleDirectory: playground, workerModule: worker });
  const timed = async (text: string) => {
    const start = performance.now();
    await encoder.encode([text]);
    return performance.now() - start;
  };
  for (let round = 0; round < 20; round++) await timed(`warm ${round}`);
  const fresh: number[] = [];
  const repeated: number[] = [];
  for (let round = 0; round < rounds; round++) {
    fresh.push(await timed(`a red balloon number ${round} moves slowly to the left`));
    repeated.push(await timed('a red balloon number 0 moves slowly to the left'));
  }
  await encoder.close();
  const results = {
    'text.p50_ms': percentile(fresh, 0.5),
    'text.p99_ms': percentile(fresh, 0.99),
    'text.repeated_p50_ms': percentile(repeated, 0.5),
  };
  process.stdout.write(
    `A query of some ten tokens, playground: p50 ${results['text.p50_ms'].toFixed(2)} ms, ` +
      `p99 ${results['text.p99_ms'].toFixed(2)} ms; asked before: p50 ${results['text.repeated_p50_ms'].toFixed(3)} ms\n`,
  );
  return results;
}
