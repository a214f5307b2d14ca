import type { EvaluationReport, RowReport } from './report.js';

const WIDTH = 320;
const HEIGHT = 220;
const MARGIN = { left: 34, top: 10, bottom: 24, right: 14 };
const COLOURS = ['#1f6feb', '#8250df', '#bf5b04', '#1a7f37', '#b3265a'];
const CURVE_AT = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100];

const plotWidth = WIDTH - MARGIN.left - MARGIN.right;
const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;

/** R@K over K (logarithmic), text to video, one line a row of the report. */
export function recallCurves(rows: readonly RowReport[]): string {
  const drawn = rows.filter(({ t2v }) => t2v !== undefined);
  const least = drawn.reduce((low, { t2v }) => Math.min(low, t2v!.metrics.r1), 100);
  // Good models would be one line along the top: the scale starts below the worst.
  const floor = [95, 90, 80, 60].find((level) => level <= least) ?? 0;
  const levels = [0, 0.25, 0.5, 0.75, 1].map((share) => floor + share * (100 - floor));
  const x = (k: number) => MARGIN.left + (plotWidth * Math.log(k)) / Math.log(CURVE_AT.at(-1)!);
  const y = (recall: number) => MARGIN.top + (plotHeight * (100 - recall)) / (100 - floor);
  const grid = levels.map(
    (recall) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(recall)}" y2="${y(recall)}" stroke="var(--line)"/><text x="${MARGIN.left - 5}" y="${y(recall) + 4}" text-anchor="end">${Number(recall.toFixed(1))}</text>`,
  );
  const ticks = [1, 5, 10, 50, 100].map(
    (k) => `<text x="${x(k)}" y="${HEIGHT - 8}" text-anchor="middle">${k}</text>`,
  );
  const curves = drawn.map(({ t2v }, position) => {
    const { ranks } = t2v!;
    const points = CURVE_AT.map((k) => {
      const recall = (100 * ranks.filter((rank) => rank <= k).length) / ranks.length;
      return `${x(k).toFixed(1)},${y(recall).toFixed(1)}`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour(position)}" stroke-width="2"/>`;
  });
  const legend = drawn.map(
    ({ name, title }, position) =>
      `<text x="${WIDTH - MARGIN.right - 4}" y="${HEIGHT - MARGIN.bottom - 8 - 14 * position}" text-anchor="end" style="fill:${colour(position)}">${name || title}</text>`,
  );
  return svg(WIDTH, HEIGHT, [...grid, ...ticks, ...curves, ...legend]);
}

/** How many queries have rank 1, 2, 3 to 4, 5 to 8 and so on. */
export function rankHistogram(ranks: readonly number[]): string {
  const binOf = (rank: number) => Math.ceil(Math.log2(rank));
  const highest = ranks.reduce((high, rank) => Math.max(high, rank), 1);
  const counts = new Array<number>(binOf(highest) + 1).fill(0);
  for (const rank of ranks) counts[binOf(rank)]!++;
  const most = Math.max(1, ...counts);
  const step = plotWidth / counts.length;
  const bars = counts.map((count, bin) => {
    const height = (plotHeight * count) / most;
    const [from, to] = bin === 0 ? [1, 1] : [2 ** (bin - 1) + 1, 2 ** bin];
    const left = MARGIN.left + bin * step;
    const top = MARGIN.top + plotHeight - height;
    return `<rect x="${(left + 1).toFixed(1)}" y="${top.toFixed(1)}" width="${(step - 2).toFixed(1)}" height="${height.toFixed(1)}" fill="var(--accent)"><title>rank ${from} to ${to}: ${count}</title></rect><text x="${(left + step / 2).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${to}</text>`;
  });
  const scale = `<text x="${MARGIN.left - 5}" y="${MARGIN.top + 10}" text-anchor="end">${most}</text>`;
  return svg(WIDTH, HEIGHT, [scale, ...bars]);
}

/** Low scores pale, high ones dark. */
export function heatMap({ size, values }: EvaluationReport['heatMap']): string {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const cell = HEIGHT / Math.max(1, size);
  const cells = values.map((value, index) => {
    const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
    const [row, column] = [Math.floor(index / size), index % size];
    return `<rect x="${(column * cell).toFixed(1)}" y="${(row * cell).toFixed(1)}" width="${(cell + 0.1).toFixed(1)}" height="${(cell + 0.1).toFixed(1)}" fill="var(--accent)" fill-opacity="${share.toFixed(2)}"/>`;
  });
  return svg(HEIGHT, HEIGHT, cells);
}

function colour(position: number): string {
  return COLOURS[position % COLOURS.length]!;
}

function svg(width: number, height: number, content: readonly string[]): string {
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">${content.join('')}</svg>`;
}
