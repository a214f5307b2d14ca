import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { AppError } from '../src/domain/errors.js';
import { type CurvePoint, costCurve } from './encode/cost-curve.js';
import { costGrowth } from './encode/growth.js';
import type { Measurement } from './encode/measure.js';
import { measureApart } from './encode/measure-apart.js';
import { type ModelSize, models } from './encode/models.js';

const allFrames = [8, 16, 32, 64] as const;

/**
 * VideoMamba of every published size and 8 to 64 frames, random weights, one clip at a time, against its floor.
 *
 *   npm run bench -- encode [--models ti,s,m] [--frames 8,16,32,64] [--seconds 8] [--rounds 3] [--svg FILE] [--json]
 */
export async function benchmarkEncode(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      models: { type: 'string', default: Object.keys(models).join() },
      frames: { type: 'string', default: allFrames.join() },
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      svg: { type: 'string' },
    },
  });
  const sizes = chosen('--models', values.models, Object.keys(models)) as ModelSize[];
  const frameCounts = chosen('--frames', values.frames, allFrames.map(String)).map(Number);
  const results: Record<string, number> = {};
  const points: CurvePoint[] = [];
  report([
    'model',
    'frames',
    'ms/clip',
    'clips/s',
    'GEMM',
    'scan',
    'conv+x_proj',
    'other',
    'floor',
    'ratio',
    'cpu ratio',
    'peak MB',
    'rounds',
    'load',
  ]);
  for (const size of sizes) {
    for (const frames of frameCounts) {
      const measured = await measureApart(size, frames, Number(values.seconds), Number(values.rounds));
      report([size, frames, ...columns(measured)]);
      points.push({ size, frames, clipMs: measured.clipMs });
      Object.assign(results, named(`encode.${size}.f${frames}`, measured));
    }
  }
  const [fewest, most] = [Math.min(...frameCounts), Math.max(...frameCounts)];
  if (sizes.includes('m') && fewest < most) {
    const growth = await costGrowth('m', [fewest, most], Number(values.rounds));
    process.stdout.write(`m: ${most} frames cost ${growth.toFixed(2)} times ${fewest} frames\n`);
    results[`encode.m.f${most}_over_f${fewest}`] = growth;
  }
  if (values.svg !== undefined) await writeFile(values.svg, costCurve(points));
  return results;
}

function columns(m: Measurement): string[] {
  const milliseconds = [m.gemmMs, m.scanMs, m.operandsMs, m.otherMs, m.floorMs].map((ms) => ms.toFixed(0));
  return [
    m.clipMs.toFixed(0),
    (1000 / m.clipMs).toFixed(2),
    ...milliseconds,
    m.overFloor.toFixed(2),
    m.overFloorInProcessorTime.toFixed(2),
    m.peakMegabytes.toFixed(0),
    String(m.rounds),
    m.load.toFixed(1),
  ];
}

function named(prefix: string, m: Measurement): Record<string, number> {
  return {
    [`${prefix}.clips_per_s`]: 1000 / m.clipMs,
    [`${prefix}.over_floor`]: m.overFloor,
    [`${prefix}.over_floor_in_processor_time`]: m.overFloorInProcessorTime,
    [`${prefix}.gemm_ms`]: m.gemmMs,
    [`${prefix}.scan_ms`]: m.scanMs,
    [`${prefix}.conv_ms`]: m.operandsMs,
    [`${prefix}.other_ms`]: m.otherMs,
    [`${prefix}.floor_ms`]: m.floorMs,
    [`${prefix}.peak_mb`]: m.peakMegabytes,
  };
}

function report(cells: readonly (string | number)[]): void {
  const [model, ...numbers] = cells.map(String);
  process.stdout.write(`${model!.padEnd(6)}${numbers.map((cell) => cell.padStart(12)).join('')}\n`);
}

function chosen(flag: string, given: string, accepted: readonly string[]): string[] {
  const names = given.split(',');
  const unknown = names.find((name) => !accepted.includes(name));
  if (unknown === undefined) return names;
  throw new AppError('invalid-input', `${flag} knows no "${unknown}".`, {
    hint: `It takes a list of ${accepted.join(', ')}, with commas and without spaces.`,
  });
}
