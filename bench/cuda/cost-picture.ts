import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { AppError } from '../../src/domain/errors.js';
import { logChart, type Series } from '../encode/log-chart.js';

/**
 * The picture of docs/cuda.md: milliseconds a frame over frames a clip, of VideoMamba-M here and by the reference, and of
 * plain attention, out of a result of `npm run bench:cuda`.
 *
 *   npm run bench -- cuda-picture --from bench/results/cuda-DEVICE.json --svg docs/images/cuda-cost.svg
 */
export async function drawCudaCost(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: { from: { type: 'string' }, svg: { type: 'string' } },
  });
  if (values.from === undefined || values.svg === undefined) {
    throw new AppError('invalid-input', 'The picture needs --from RESULT.json and --svg FILE.');
  }
  const { results } = JSON.parse(await readFile(values.from, 'utf8')) as { results: Record<string, number> };
  const curve = (pattern: RegExp, clipMs: (value: number) => number): Series['points'] =>
    Object.entries(results)
      .flatMap(([name, value]) => {
        const frames = Number(pattern.exec(name)?.[1]);
        return frames > 0 ? [{ x: frames, y: clipMs(value) / frames }] : [];
      })
      .sort((a, b) => a.x - b.x);
  const series = [
    {
      label: 'attention, bf16',
      colour: '#e8590c',
      points: curve(/^attention\.f(\d+)\.clip_ms$/, (ms) => ms),
    },
    {
      label: 'reference, f16',
      colour: '#868e96',
      points: curve(/^reference\.m\.f(\d+)\.clip_ms$/, (ms) => ms),
    },
    {
      label: 'Videre, bf16',
      colour: '#5f3dc4',
      points: curve(/^cuda\.m\.f(\d+)\.clips_per_s$/, (clipsPerSecond) => 1000 / clipsPerSecond),
    },
  ].filter(({ points }) => points.length > 0);
  const options = { xLabel: 'frames a clip (224 px); up: time a frame', yTick: (ms: number) => `${ms} ms` };
  await writeFile(values.svg, logChart(series, options));
  return {};
}
