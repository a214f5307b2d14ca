import type { DirectionReport, EvaluationReport, RowReport } from './report.js';

/** What must stand beside every figure: how it came about, and what is wrong with it. */
export function statements(report: EvaluationReport): string[] {
  const { partial, missing, deviations, selfCheck, rows, settings, model } = report;
  const lines: string[] = [];
  if (partial) {
    const named = missing.slice(0, 10).map(({ id }) => id);
    const count =
      missing.length === 0
        ? ''
        : ` ${missing.length} videos are missing (${named.join(', ')}${missing.length > 10 ? ', ...' : ''}) with their captions.`;
    lines.push(`PARTIAL RUN: a smaller gallery flatters every figure.${count}`);
  }
  for (const deviation of deviations) lines.push(`NOT THE PUBLISHED SPLIT: ${deviation}.`);
  if (settings.frameOrder !== undefined && settings.frameOrder !== 'natural') {
    lines.push(`TIME TEST: the frames of every clip were ${settings.frameOrder}.`);
  }
  if (model !== null) {
    lines.push(`Model ${model.name}, fingerprint ${model.fingerprint.slice(0, 16)}; ${settings.frames}.`);
  }
  lines.push(
    `Rank is 1 + the number of strictly higher scores; 95 % intervals by bootstrap over videos (${settings.resamples} resamples, seed ${settings.seed}).`,
  );
  for (const row of rows) {
    const tied = (['t2v', 'v2t'] as const).filter((direction) => row[direction]?.ties);
    for (const direction of tied) {
      const { optimistic, pessimistic } = row[direction]!.ties!;
      lines.push(
        `TIES in ${[row.name, direction].filter(Boolean).join('.')}: R@1 is between ${pessimistic.r1.toFixed(1)} and ${optimistic.r1.toFixed(1)}, depending on how they are broken.`,
      );
    }
  }
  for (const warning of selfCheck.warnings) lines.push(`SELF-CHECK: ${warning}`);
  return lines;
}

/** A table for a paper or a pull request, with the protocol above it. */
export function markdownReport(report: EvaluationReport): string {
  const { dataset, protocol, rows, selfCheck } = report;
  const { alignmentP, shuffledR1, chanceR1, duplicateGroups } = selfCheck;
  const body = rows.flatMap((row) => [
    ...tableRow(row, 'text to video', row.t2v),
    ...tableRow(row, 'video to text', row.v2t),
  ]);
  return [
    `# Retrieval on ${dataset}${report.partial ? ' (partial)' : ''}`,
    '',
    `Protocol: ${protocol}.`,
    '',
    '| scores | direction | R@1 (95 % CI) | R@5 | R@10 | mean R | MdR | MnR |',
    '|---|---|---|---|---|---|---|---|',
    ...body,
    '',
    ...statements(report).map((line) => `- ${line}`),
    `- Self-check: ${selfCheck.flagged ? 'FLAGGED' : 'nothing found'}; order p ${alignmentP === null ? 'not testable' : alignmentP.toFixed(3)}, ${duplicateGroups} groups of equal captions, R@1 with shuffled labels ${shuffledR1.toFixed(2)} % (chance ${chanceR1.toFixed(2)} %).`,
    ...rows.map(({ name, title, note }) => `- ${name === '' ? title : `${name} (${title})`}: ${note}.`),
    '',
  ].join('\n');
}

function tableRow({ title }: RowReport, direction: string, report: DirectionReport | undefined): string[] {
  if (report === undefined) return [];
  const { metrics, intervals } = report;
  const [low, high] = intervals.r1.map((value) => value.toFixed(1));
  const figures = [
    `${metrics.r1.toFixed(1)} (${low} to ${high})`,
    metrics.r5.toFixed(1),
    metrics.r10.toFixed(1),
    metrics.meanr.toFixed(1),
    metrics.mdr.toFixed(1),
    metrics.mnr.toFixed(1),
  ];
  return [`| ${title} | ${direction} | ${figures.join(' | ')} |`];
}
