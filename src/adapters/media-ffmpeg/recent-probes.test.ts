import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { ProbedMedia } from './probe-media.js';
import { RecentProbes } from './recent-probes.js';

async function counted(frames: number) {
  const path = join(await temporaryFolder(), 'video');
  await writeFile(path, 'video');
  const recent = new RecentProbes();
  let probes = 0;
  const media = { info: { frameTimes: new Float64Array(frames) } } as ProbedMedia;
  const look = (at = path) =>
    recent.of(at, async () => {
      probes++;
      return media;
    });
  return { path, look, probes: () => probes };
}

it('probes a file once, and again when it has changed', async () => {
  const { path, look, probes } = await counted(3);
  expect(await look()).toBe(await look());
  expect(probes()).toBe(1);
  await appendFile(path, 'more');
  await look();
  expect(probes()).toBe(2);
});

it('forgets the file looked at least lately', async () => {
  const { path, look, probes } = await counted(3);
  await look();
  for (let other = 0; other < 7; other++) await look(`${path}${other}`);
  await look();
  expect(probes()).toBe(8);
  await look(`${path}7`);
  await look();
  expect(probes()).toBe(9);
  await look(`${path}0`);
  expect(probes()).toBe(10);
});

it('keeps nothing of a video of very many frames', async () => {
  const { look, probes } = await counted(1_000_001);
  await look();
  await look();
  expect(probes()).toBe(2);
});
