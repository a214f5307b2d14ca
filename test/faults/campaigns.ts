import type { Campaign } from './campaign.js';
import { checkpoints } from './checkpoints.js';
import { databaseFlips } from './database-flips.js';
import { indexFiles } from './index-files.js';
import { mediaFiles } from './media-files.js';

export const campaigns = {
  index: indexFiles,
  database: databaseFlips,
  media: mediaFiles,
  checkpoints,
} satisfies Record<string, Campaign>;

export type CampaignName = keyof typeof campaigns;

export function isCampaignName(name: string): name is CampaignName {
  return Object.hasOwn(campaigns, name);
}
