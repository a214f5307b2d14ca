import { expect, it } from 'vitest';
import { seededRandom } from '../support/seeded-random.js';
import { crashRuns } from './crash-runs.js';

it('loses nothing that was acknowledged, and leaves nothing over, when it is killed', async () => {
  const seed = Date.now();
  const { violations, acknowledged } = await crashRuns(4, seededRandom(seed));
  expect({ seed, violations }).toEqual({ seed, violations: [] });
  expect(acknowledged).toBeGreaterThan(0);
}, 120_000);
