import { statements } from './markdown-report.js';
import type { DirectionReport, EvaluationReport, Failure, RowReport } from './report.js';
import { heatMap, rankHistogram, recallCurves } from './svg-plots.js';

/** Data URIs of pictures, by the video's file. */
export type Thumbnails = ReadonlyMap<string, string>;

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5d6b7a; --line: #d8dee5; --ground: #fff; --accent: #1f6feb; --warn: #9a3412; --warn-ground: #fff4ec }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #9aa7b5; --line: #33404d; --ground: #141a21; --accent: #6ea8fe; --warn: #ffb68a; --warn-ground: #3a2415 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 1080px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } .soft { color: var(--soft) }
.warn { color: var(--warn); background: var(--warn-ground); padding: .4rem .8rem; border-radius: .4rem; margin: .4rem 0 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums } th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left } .plots { display: flex; flex-wrap: wrap; gap: 1.5rem } figure { margin: 0; max-width: 330px } figcaption { color: var(--soft); font-size: .85rem }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif } .failures { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 1rem }
.failure { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem } .failure p { margin: 0 0 .5rem } .pair { display: flex; gap: .6rem } .pair img { width: 150px; border-radius: .3rem; display: block }
`;

/** One page that needs nothing else: figures, plots, and what went wrong. */
export function htmlReport(report: EvaluationReport, thumbnails: Thumbnails): string {
  const { dataset, protocol, rows, selfCheck, failures, createdAt } = report;
  const title = `Retrieval on ${dataset}${report.partial ? ' (partial)' : ''}`;
  const lines = statements(report).map((line) =>
    /^[A-Z-]{4,}/.test(line)
      ? `<p class="warn">${escaped(line)}</p>`
      : `<p class="soft">${escaped(line)}</p>`,
  );
  const first = rows[0]!;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style>
<h1>${escaped(title)}</h1><p class="soft">${escaped(protocol)}. ${escaped(createdAt)}</p>
${lines.join('\n')}
<table><tr><th>scores<th>direction<th>R@1<th>95 % CI<th>R@5<th>R@10<th>mean R<th>MdR<th>MnR</tr>
${rows.flatMap((row) => [tableRow(row, 'text to video', row.t2v), tableRow(row, 'video to text', row.v2t)]).join('\n')}</table>
<p class="soft">Self-check: ${selfCheck.flagged ? 'flagged, see above' : 'nothing found'}. Order of items: p ${selfCheck.alignmentP === null ? 'not testable' : selfCheck.alignmentP.toFixed(3)} (small = aligned). Shuffled labels: R@1 ${selfCheck.shuffledR1.toFixed(2)} %, chance ${selfCheck.chanceR1.toFixed(2)} %.</p>
<h2>Plots</h2><div class="plots">
<figure>${recallCurves(rows)}<figcaption>Texts whose video is among the first K</figcaption></figure>
<figure>${rankHistogram(first.t2v?.ranks ?? [])}<figcaption>Ranks, ${escaped(first.title)}, text to video</figcaption></figure>
<figure>${heatMap(report.heatMap)}<figcaption>Scores of ${report.heatMap.size} texts (rows) and videos; truth is the diagonal</figcaption></figure></div>
<h2>What the scores are</h2><ul>${rows.map(({ title, note }) => `<li><b>${escaped(title)}</b>: ${escaped(note)}`).join('\n')}</ul>
${report.missing.length === 0 ? '' : `<h2>Missing videos</h2><ul>${report.missing.map(({ id, reason }) => `<li><b>${escaped(id)}</b> ${escaped(reason)}`).join('\n')}</ul>`}
<h2>Failures of ${escaped(first.title)}</h2><p class="soft">${failures.length === 0 ? 'None.' : 'From worst to nearest: what was asked, the video meant, and the one ranked first.'}</p>
<div class="failures">${failures.map((failure) => failureCard(failure, thumbnails)).join('\n')}</div></html>
`;
}

function tableRow({ title }: RowReport, direction: string, report: DirectionReport | undefined): string {
  if (report === undefined) return '';
  const { metrics, intervals } = report;
  const [low, high] = intervals.r1.map((value) => value.toFixed(1));
  const figures = [metrics.r5, metrics.r10, metrics.meanr, metrics.mdr, metrics.mnr];
  return `<tr><td>${escaped(title)}<td>${direction}<td><b>${metrics.r1.toFixed(1)}</b><td>${low} to ${high}${figures.map((value) => `<td>${value.toFixed(1)}`).join('')}</tr>`;
}

function failureCard(
  { query, rank, truth, first, truthPath, firstPath }: Failure,
  thumbnails: Thumbnails,
): string {
  const picture = (label: string, id: string, path: string | undefined) => {
    const source = path === undefined ? undefined : thumbnails.get(path);
    const image = source === undefined ? '' : `<img src="${source}" alt="">`;
    return `<figure>${image}<figcaption>${label}: ${escaped(id)}</figcaption></figure>`;
  };
  return `<div class="failure"><p>“${escaped(query)}” <span class="soft">rank ${rank}</span></p><div class="pair">${picture('meant', truth, truthPath)}${picture('first', first, firstPath)}</div></div>`;
}

/** Captions come from files of others. */
function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (character) => names[character]!);
}
