import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { type CampaignName, campaigns } from './campaigns.js';
import type { Kept } from './progress.js';
import { RECORD, type RecordedCampaign, type RecordedFaults } from './reliability-page.js';
import { KEPT_STATES, type RowState } from './run-rows.js';

/** Puts what slices and rows have shown together, for the page and for whoever compares. */
export function recordFaults(keptFolder: string): void {
  const names = Object.keys(campaigns) as CampaignName[];
  const record: RecordedFaults = {
    measuredOn: `${cpus().length} processor cores of ${cpus()[0]?.model ?? 'an unknown kind'}, others at work on them`,
    rows: JSON.parse(readFileSync(KEPT_STATES, 'utf8')) as Record<string, RowState>,
    campaigns: Object.fromEntries(names.map((name) => [name, together(keptFolder, name)])),
  };
  mkdirSync(dirname(RECORD), { recursive: true });
  writeFileSync(RECORD, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** The slices of a campaign, however far each is. */
function together(folder: string, name: CampaignName): RecordedCampaign {
  const sum: RecordedCampaign = { cases: 0, violations: 0, outcomes: {}, figures: {} };
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(`${name}-`) || !file.endsWith('.json')) continue;
    const slice = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Kept;
    sum.cases += slice.next - slice.first;
    sum.violations += slice.violations.length;
    for (const [kind, count] of Object.entries(slice.outcomes))
      sum.outcomes[kind] = (sum.outcomes[kind] ?? 0) + count;
    for (const [figure, value] of Object.entries(slice.figures)) {
      sum.figures[figure] = Math.max(sum.figures[figure] ?? 0, value);
    }
  }
  return sum;
}
