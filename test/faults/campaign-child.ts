/** Runs cases of one campaign and tells of each; what it dies of, the parent notices. Arguments: name, first case, end. */
import type { Outcome } from './campaign.js';
import { campaigns, isCampaignName } from './campaigns.js';

export type ChildReport =
  | { kind: 'began'; number: number }
  | { kind: 'ended'; number: number; outcome: Outcome }
  | { kind: 'closed'; wrong: string[]; figures: Record<string, number> };

const [name = '', first = '0', end = '0'] = process.argv.slice(2);
if (!isCampaignName(name)) throw new Error(`There is no campaign "${name}".`);

const report = (message: ChildReport): void => void process.send?.(message);

const { open, atOnce } = campaigns[name];
const campaign = await open();
let next = Number(first);
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (next < Number(end)) {
      const number = next++;
      report({ kind: 'began', number });
      report({ kind: 'ended', number, outcome: await campaign.run(number) });
    }
  }),
);
const wrong = await campaign.close();
report({ kind: 'closed', wrong, figures: campaign.figures?.() ?? {} });
process.disconnect?.();
