import { type ModelSize, models } from './models.js';

export interface CurvePoint {
  size: ModelSize;
  frames: number;
  clipMs: number;
}

const width = 640;
const height = 400;
const margin = { left: 70, right: 120, top: 24, bottom: 48 };
const colours: Record<ModelSize, string> = { ti: '#0b7285', s: '#e8590c', m: '#5f3dc4' };

/** Seconds a clip over frames, both axes logarithmic: a straight line of slope 1 (dashed) is a cost in proportion. */
export function costCurve(points: readonly CurvePoint[]): string {
  const frames = [...new Set(points.map((point) => point.frames))].sort((a, b) => a - b);
  const seconds = points.map(({ clipMs }) => clipMs / 1000);
  const low = 10 ** Math.floor(Math.log10(Math.min(...seconds)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...seconds)));
  const x = scale(frames[0]!, frames.at(-1)!, margin.left, width - margin.right);
  const y = scale(low, high, height - margin.bottom, margin.top);

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
  ];
  for (let tick = low; tick <= high * 1.01; tick *= 10) {
    const at = y(tick);
    parts.push(
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" stroke="#dee2e6"/>`,
      `<text x="${margin.left - 8}" y="${at + 4}" text-anchor="end">${Number(tick.toPrecision(1))} s</text>`,
    );
  }
  for (const count of frames) {
    parts.push(
      `<text x="${x(count)}" y="${height - margin.bottom + 20}" text-anchor="middle">${count}</text>`,
    );
  }
  parts.push(
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 8}" text-anchor="middle">frames a clip (224 px)</text>`,
  );
  for (const size of Object.keys(models) as ModelSize[]) {
    const line = points.filter((point) => point.size === size).sort((a, b) => a.frames - b.frames);
    if (line.length > 0) parts.push(...drawModel(size, line, x, y));
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

function drawModel(
  size: ModelSize,
  line: readonly CurvePoint[],
  x: (frames: number) => number,
  y: (seconds: number) => number,
): string[] {
  const [first, last] = [line[0]!, line.at(-1)!];
  const place = ({ frames, clipMs }: CurvePoint) => `${x(frames)},${y(clipMs / 1000)}`;
  const inProportion = { ...last, clipMs: (first.clipMs * last.frames) / first.frames };
  const { width, depth } = models[size];
  return [
    `<polyline points="${place(first)} ${place(inProportion)}" fill="none" stroke="${colours[size]}" stroke-dasharray="2 4"/>`,
    `<polyline points="${line.map(place).join(' ')}" fill="none" stroke="${colours[size]}" stroke-width="2"/>`,
    ...line.map(
      (point) =>
        `<circle cx="${x(point.frames)}" cy="${y(point.clipMs / 1000)}" r="3.5" fill="${colours[size]}"/>`,
    ),
    `<text x="${x(last.frames) + 10}" y="${y(last.clipMs / 1000) + 4}" fill="${colours[size]}">${size.toUpperCase()} (${width} x ${depth})</text>`,
  ];
}

/** A logarithmic scale, to a tenth of a pixel. */
function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const span = Math.log(high / low) || 1;
  return (value) => Math.round(10 * (from + ((to - from) * Math.log(value / low)) / span)) / 10;
}
