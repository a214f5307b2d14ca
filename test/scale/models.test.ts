import { describe, expect, it } from 'vitest';
import { type IngestMachines, simulateIngest } from '../../bench/scale/ingest-model.js';
import { chooseInputs } from '../../bench/scale/inputs.js';
import { greatestLoad, leastEnough } from '../../bench/scale/least.js';
import { flow } from '../../bench/scale/plan.js';
import { simulateSearch } from '../../bench/scale/search-model.js';

const { inputs } = chooseInputs({}, ['uploads.daily_swing=0', 'uploads.burst_factor=1']);

describe('simulateIngest', () => {
  const SHARE = 1 / 800;
  const design = { segmentSeconds: 120, writeSeconds: (clips: number) => clips * 0.0007, share: SHARE };
  const enough: IngestMachines = { decoders: 15, coresPerDecoder: 1, encoders: 1, writers: 1 };

  it('ends every upload once, also where machines die', () => {
    const mortal = chooseInputs({}, ['death.worker_days=0.005']).inputs;
    const report = simulateIngest(mortal, enough, design, 1);
    expect(report.deaths).toBeGreaterThan(50);
    expect(report.searchable).toBe(report.arrived);
    expect(report.p99Seconds).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('keeps machines as busy as the work that comes in adds up to', () => {
    const alike = {
      ...inputs,
      'video.median_minutes': inputs['video.mean_minutes'] - 0.5,
      'decode.start_s': 0,
    };
    const { utilization } = simulateIngest(alike, enough, design, 2);
    const mean = flow(alike);
    const decoding = (utilization.decoders * enough.decoders) / (mean.decoderCores * SHARE);
    const encoding = utilization.encoders / (mean.encodingGpus * SHARE);
    // Some 600 videos: chance makes a few percent of it, alike for both.
    expect(Math.abs(decoding - 1)).toBeLessThan(0.06);
    expect(encoding / decoding).toBeCloseTo(1, 1);
  });

  it('is the same history for the same seed, and another for another', () => {
    const run = (seed: number) => simulateIngest(inputs, enough, design, seed);
    expect(run(3)).toEqual(run(3));
    expect(run(4)).not.toEqual(run(3));
  });

  it('says that it never ends where work comes faster than it is done', () => {
    const report = simulateIngest(inputs, { ...enough, decoders: 2 }, design, 1);
    expect(report.searchable).toBeLessThan(report.arrived);
    expect(report.p99Seconds).toBe(Number.POSITIVE_INFINITY);
    expect(report.utilization.decoders).toBeCloseTo(1, 2);
  });
});

describe('simulateSearch', () => {
  it('takes as long as the slowest of its shards, when nobody waits', () => {
    const shards = 20;
    const machines = { textEncoders: 1000, shards, replicas: 1, coresPerReplica: 1000 };
    const median = 0.01;
    const alone = chooseInputs({}, ['search.text_remembered=1', 'search.network_s=0']).inputs;
    const load = {
      searchesPerSecond: 100,
      shardP50Seconds: median,
      shardP99Seconds: 0.03,
      insertsPerSecondAShard: 0,
    };
    const report = simulateSearch(alone, machines, load, 20, 1);
    expect(report.answered).toBe(report.asked);
    // Half of the greatest of 20 lie below what 0.5^(1/20) = 0.96594 of each do: 1.8244 standard deviations.
    const sigma = Math.log(3) / 2.3263;
    expect(report.p50Seconds / (median * Math.exp(1.8244 * sigma))).toBeCloseTo(1, 1);
  });

  it('lets searches go before the work on graphs', () => {
    const machines = { textEncoders: 4, shards: 2, replicas: 1, coresPerReplica: 2 };
    const load = { searchesPerSecond: 60, shardP50Seconds: 0.01, shardP99Seconds: 0.028 };
    const merging = { ...inputs, 'index.rewrites': 4, 'index.merge_every_s': 10 };
    const search = (insertsPerSecondAShard: number) =>
      simulateSearch(merging, machines, { ...load, insertsPerSecondAShard }, 20, 1);
    const [calm, busy] = [search(0), search(400)];
    expect(busy.utilization.shards).toBeGreaterThan(calm.utilization.shards + 0.3);
    expect(busy.p50Seconds).toBeGreaterThan(calm.p50Seconds);
    // A search waits for what is left of a slice, never for a merge, which is 5.6 s of work.
    expect(busy.p99Seconds).toBeLessThan(calm.p99Seconds + 3 * merging['index.slice_s']);
  });
});

describe('leastEnough and greatestLoad', () => {
  it('find what trying every number finds', () => {
    for (let limit = 3; limit <= 40; limit++) {
      expect(leastEnough(3, 40, (count) => count >= limit)).toBe(limit);
    }
    expect(leastEnough(3, 40, () => false)).toBe(Number.POSITIVE_INFINITY);
    expect(greatestLoad(1, (load) => load <= 77, 0.001)).toBeCloseTo(77, 0);
    expect(greatestLoad(1, () => false)).toBe(0);
  });
});

describe('chooseInputs', () => {
  it('prefers yours to what was measured, and that to what is assumed', () => {
    const measured = { 'cuda.node.m.f8.clips_per_s': 600 };
    const choose = (...changes: string[]) => chooseInputs(measured, changes);
    expect(choose().inputs['encode.clips_per_s']).toBe(600);
    expect(choose('encode.clips_per_s=50').inputs['encode.clips_per_s']).toBe(50);
    expect(inputs['encode.clips_per_s']).toBe(634);
    const { sources } = choose();
    expect(sources.find(({ name }) => name === 'encode.clips_per_s')?.source).toContain('cuda.node.m.f8');
  });

  it.each(['encode.clips=5', 'encode.clips_per_s', 'encode.clips_per_s=many', 'encode.clips_per_s=-1'])(
    'refuses %s',
    (change) => {
      expect(() => chooseInputs({}, [change])).toThrow(`not "${change}"`);
    },
  );
});
