export interface Series {
  label: string;
  colour: string;
  /** Ascending in x; both above 0. */
  points: readonly { x: number; y: number }[];
  /** Also a dashed line from the first point that grows in proportion to x. */
  showsProportion?: boolean;
}

export interface ChartOptions {
  xLabel: string;
  /** The text of a power of ten on the y axis. */
  yTick: (value: number) => string;
}

const width = 640;
const height = 400;
const margin = { left: 70, right: 150, top: 24, bottom: 48 };
/** Two labels nearer than this would touch. */
const LABEL_HEIGHT = 16;

/** An SVG picture with both axes logarithmic: in proportion is a straight line of slope 1. */
export function logChart(series: readonly Series[], { xLabel, yTick }: ChartOptions): string {
  const points = series.flatMap((each) => each.points);
  const xs = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const ys = points.map((point) => point.y);
  const low = 10 ** Math.floor(Math.log10(Math.min(...ys)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...ys)));
  const x = scale(xs[0]!, xs.at(-1)!, margin.left, width - margin.right);
  const y = scale(low, high, height - margin.bottom, margin.top);

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
  ];
  for (let tick = low; tick <= high * 1.01; tick *= 10) {
    const at = y(tick);
    parts.push(
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" stroke="#dee2e6"/>`,
      `<text x="${margin.left - 8}" y="${at + 4}" text-anchor="end">${yTick(Number(tick.toPrecision(1)))}</text>`,
    );
  }
  for (const value of xs) {
    parts.push(
      `<text x="${x(value)}" y="${height - margin.bottom + 20}" text-anchor="middle">${value}</text>`,
    );
  }
  parts.push(
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 8}" text-anchor="middle">${xLabel}</text>`,
  );
  for (const each of series) parts.push(...drawLine(each, x, y));
  parts.push(...drawLabels(series, x, y));
  return `${parts.join('\n')}\n</svg>\n`;
}

type Scale = (value: number) => number;

function drawLine({ colour, points, showsProportion }: Series, x: Scale, y: Scale): string[] {
  const [first, last] = [points[0]!, points.at(-1)!];
  const place = (point: { x: number; y: number }) => `${x(point.x)},${y(point.y)}`;
  const inProportion = { x: last.x, y: (first.y * last.x) / first.x };
  const dashed = `<polyline points="${place(first)} ${place(inProportion)}" fill="none" stroke="${colour}" stroke-dasharray="2 4"/>`;
  return [
    ...(showsProportion ? [dashed] : []),
    `<polyline points="${points.map(place).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3.5" fill="${colour}"/>`),
  ];
}

/** Beside the last points, moved down where they would lie on one another. */
function drawLabels(series: readonly Series[], x: Scale, y: Scale): string[] {
  let lowest = Number.NEGATIVE_INFINITY;
  return series
    .map(({ label, colour, points }) => ({ label, colour, at: points.at(-1)! }))
    .sort((a, b) => b.at.y - a.at.y)
    .map(({ label, colour, at }) => {
      lowest = Math.max(y(at.y) + 4, lowest + LABEL_HEIGHT);
      return `<text x="${x(at.x) + 10}" y="${lowest}" fill="${colour}">${label}</text>`;
    });
}

/** A logarithmic scale, to a tenth of a pixel. */
function scale(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log(high / low) || 1;
  return (value) => Math.round(10 * (from + ((to - from) * Math.log(value / low)) / span)) / 10;
}
