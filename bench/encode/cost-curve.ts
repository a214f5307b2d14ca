import { logChart } from './log-chart.js';
import { type ModelSize, models } from './models.js';

export interface CurvePoint {
  size: ModelSize;
  frames: number;
  clipMs: number;
}

const colours: Record<ModelSize, string> = { ti: '#0b7285', s: '#e8590c', m: '#5f3dc4' };

/** Seconds a clip over frames; dashed: in proportion to the frames. */
export function costCurve(points: readonly CurvePoint[]): string {
  const series = (Object.keys(models) as ModelSize[]).map((size) => ({
    label: `${size.toUpperCase()} (${models[size].width} x ${models[size].depth})`,
    colour: colours[size],
    points: points
      .filter((point) => point.size === size)
      .map(({ frames, clipMs }) => ({ x: frames, y: clipMs / 1000 }))
      .sort((a, b) => a.x - b.x),
    showsProportion: true,
  }));
  return logChart(
    series.filter((each) => each.points.length > 0),
    { xLabel: 'frames a clip (224 px)', yTick: (seconds) => `${seconds} s` },
  );
}
