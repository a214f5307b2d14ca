import { expect, it } from 'vitest';
import type { Job } from '../../domain/job.js';
import { measuredStages } from './measured-stages.js';

it('measures each stage until the next, and the last until the end, also of a job that fails', async () => {
  let nowMs = 0;
  const measured: [string, number][] = [];
  const reported: [string, number][] = [];
  const handler = measuredStages(
    'ingest',
    async (_, { report }) => {
      nowMs = 5;
      report('probing', 0);
      nowMs = 12;
      report('encoding', 0.2);
      nowMs = 40;
      report('encoding', 0.9);
      nowMs = 50;
      throw new Error('broken');
    },
    { recordStage: (stage, durationMs) => measured.push([stage, durationMs]) },
    () => nowMs,
  );
  const context = {
    signal: new AbortController().signal,
    report: (stage: string, share: number) => reported.push([stage, share]),
  };
  await expect(handler({} as Job, context)).rejects.toThrow('broken');
  expect(measured).toEqual([
    ['ingest-probing', 7],
    ['ingest-encoding', 38],
  ]);
  expect(reported).toEqual([
    ['probing', 0],
    ['encoding', 0.2],
    ['encoding', 0.9],
  ]);
});
