import type { ClassificationReport } from './evaluate-classification.js';

/** Every figure by its name: `classification.top1`, `classification.top1.ci95_low`. */
export function namedAccuracies(report: ClassificationReport): Record<string, number> {
  const { accuracy, intervals, partial, missing } = report;
  const results: Record<string, number> = { 'run.partial': partial ? 1 : 0, 'run.missing': missing.length };
  for (const [name, key] of [
    ['top1', 'top1'],
    ['top5', 'top5'],
    ['mean_class', 'meanClass'],
  ] as const) {
    const [low, high] = intervals[key];
    results[`classification.${name}`] = accuracy[key];
    results[`classification.${name}.ci95_low`] = low;
    results[`classification.${name}.ci95_high`] = high;
  }
  return results;
}

/** Classes confused most often that a report names. */
const MOST_CONFUSIONS = 15;

/** A table for a paper or a pull request, with the protocol and what is wrong with the run. */
export function classificationMarkdown(report: ClassificationReport): string {
  const { accuracy, intervals, videos, missing, model, protocol, settings } = report;
  const cell = (name: keyof typeof accuracy) =>
    `${accuracy[name].toFixed(1)} (${intervals[name].map((value) => value.toFixed(1)).join(' to ')})`;
  const partial = report.partial
    ? [
        `- PARTIAL RUN: ${videos.length} of ${report.listed} videos.`,
        ...missing.map(({ id, reason }) => `- Missing: ${id} (${reason}).`),
      ]
    : [];
  return [
    `# Classification${report.partial ? ' (partial)' : ''}`,
    '',
    `Protocol: ${protocol}.`,
    '',
    '| videos | top-1 (95 % CI) | top-5 | mean class accuracy |',
    '|---|---|---|---|',
    `| ${videos.length} | ${cell('top1')} | ${cell('top5')} | ${cell('meanClass')} |`,
    '',
    ...partial,
    `- Model ${model.name}, fingerprint ${model.fingerprint.slice(0, 16)}, ${model.classes} classes.`,
    `- Rank is 1 + the number of classes with a strictly higher probability; intervals by bootstrap over videos (${settings.resamples} resamples, seed ${settings.seed}).`,
    ...confusions(report),
    '',
  ].join('\n');
}

function confusions({ videos, classNames }: ClassificationReport): string[] {
  const counts = new Map<string, number>();
  const nameOf = (label: number) => classNames?.[label] ?? `class ${label}`;
  for (const { label, predicted } of videos) {
    if (label === predicted) continue;
    const pair = `${nameOf(label)} taken for ${nameOf(predicted)}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const most = [...counts].sort((left, right) => right[1] - left[1]).slice(0, MOST_CONFUSIONS);
  if (most.length === 0) return [];
  return ['- Confused most often:', ...most.map(([pair, count]) => `  - ${pair}: ${count}`)];
}
