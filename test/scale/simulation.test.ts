import { describe, expect, it } from 'vitest';
import { arrive, rateAt } from '../../bench/scale/arrivals.js';
import { exponential } from '../../bench/scale/distributions.js';
import { Simulation } from '../../bench/scale/simulation.js';
import { Station, type StationOptions } from '../../bench/scale/station.js';
import { seededRandom } from '../../src/app/evaluation/random.js';

/** A station of exponential service times, to which customers come by chance. */
function markovQueue(
  { servers, load, customers = 100_000 }: { servers: number; load: number; customers?: number },
  options: Partial<StationOptions<number>> = {},
) {
  const simulation = new Simulation();
  const random = seededRandom(1);
  const service = exponential(random, 1);
  const gap = exponential(random, 1 / (load * servers));
  const arrivedSeconds: number[] = [];
  const stays: number[] = [];
  const station = new Station<number>(simulation, {
    servers,
    serviceSeconds: service,
    done: (customer) => stays.push(simulation.nowSeconds - arrivedSeconds[customer]!),
    ...options,
  });
  const next = () =>
    simulation.after(gap(), () => {
      station.submit(arrivedSeconds.push(simulation.nowSeconds) - 1);
      if (arrivedSeconds.length < customers) next();
    });
  next();
  simulation.run();
  return { station, simulation, stays, ratePerSecond: customers / simulation.nowSeconds };
}

/** The mean wait in units of the mean service time (Erlang 1917). */
function erlangWait(servers: number, load: number): number {
  const offered = servers * load;
  let blocking = 1;
  for (let line = 1; line <= servers; line++) blocking = (offered * blocking) / (line + offered * blocking);
  const waiting = blocking / (1 - load * (1 - blocking));
  return waiting / (servers * (1 - load));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('Station', () => {
  it.each([
    { servers: 1, load: 0.5 },
    { servers: 3, load: 0.7 },
    { servers: 5, load: 0.8 },
  ])('lets wait as Erlang says, within 5 %: $servers servers, load $load', ({ servers, load }) => {
    const { station, ratePerSecond } = markovQueue({ servers, load });
    expect(Math.abs(station.utilization / load - 1)).toBeLessThan(0.02);
    // At the load that chance made of it: a wait changes several times as much as the load it comes from.
    const serviceSeconds = station.busy.mean / ratePerSecond;
    const expected = serviceSeconds * erlangWait(servers, station.utilization);
    expect(Math.abs(mean(station.waits) / expected - 1)).toBeLessThan(0.05);
  });

  it('obeys the law of Little: those inside are those who come times how long they stay', () => {
    const { station, stays, ratePerSecond } = markovQueue({ servers: 3, load: 0.85, customers: 20_000 });
    expect(station.waiting.mean + station.busy.mean).toBeCloseTo(ratePerSecond * mean(stays), 6);
  });

  it('serves everybody once, however often servers die', () => {
    const customers = 20_000;
    const lives = exponential(seededRandom(9), 3);
    const { station, stays } = markovQueue(
      { servers: 5, load: 0.3, customers },
      { deaths: { drawLifeSeconds: lives, noticedAfterSeconds: 2, repairSeconds: 5 } },
    );
    expect(stays).toHaveLength(customers);
    expect(station.deaths).toBeGreaterThan(1000);
    expect(station.waits).toHaveLength(customers + station.deaths);
  });

  it('lets nobody wait longer when there are more servers', () => {
    // The k-th to come takes as long whoever serves it.
    const services = Array.from({ length: 500 }, exponential(seededRandom(3), 1));
    const arrivals = Array.from(
      { length: 500 },
      ((at) => () => {
        at += exponential(seededRandom(Math.floor(at * 1e6)), 0.3)();
        return at;
      })(0),
    );
    const starts = (servers: number) => {
      const simulation = new Simulation();
      const station = new Station<number>(simulation, {
        servers,
        serviceSeconds: ([customer]) => services[customer!]!,
        done: () => {},
      });
      for (const [customer, at] of arrivals.entries()) simulation.at(at, () => station.submit(customer));
      simulation.run();
      return station.waits;
    };
    for (let servers = 1; servers <= 12; servers++) {
      const [few, more] = [starts(servers), starts(servers + 1)];
      expect(more.every((wait, customer) => wait <= few[customer]! + 1e-9)).toBe(true);
    }
  });

  it('fills batches, and lets one that is not full go in time', () => {
    const simulation = new Simulation();
    const batches: { at: number; jobs: readonly string[] }[] = [];
    const station = new Station<string>(simulation, {
      servers: 2,
      serviceSeconds: (jobs) => {
        batches.push({ at: simulation.nowSeconds, jobs });
        return 10;
      },
      done: () => {},
      batch: { weight: (job) => job.length, fullWeight: 4, waitSeconds: 1 },
    });
    simulation.at(0, () => station.submit('aa'));
    simulation.at(0.5, () => station.submit('bb'));
    simulation.at(2, () => station.submit('ccc'));
    simulation.at(4, () => station.submit('dddddd'));
    simulation.at(5, () => station.submit('e'));
    simulation.run();
    expect(batches).toEqual([
      { at: 0.5, jobs: ['aa', 'bb'] },
      { at: 3, jobs: ['ccc'] },
      { at: 10.5, jobs: ['dddddd'] },
      { at: 13, jobs: ['e'] },
    ]);
  });

  it('takes the patient when nobody urgent waits', () => {
    const simulation = new Simulation();
    const order: string[] = [];
    const station = new Station<string>(simulation, {
      servers: 1,
      serviceSeconds: () => 1,
      done: (job) => order.push(job),
    });
    for (const job of ['slice 1', 'slice 2']) station.submit(job, 'patient');
    for (const job of ['search 1', 'search 2']) station.submit(job);
    simulation.run();
    expect(order).toEqual(['slice 1', 'search 1', 'search 2', 'slice 2']);
  });
});

describe('arrive', () => {
  it('brings as many as the rate of the day and its burst add up to', () => {
    const traffic = {
      meanPerSecond: 0.5,
      dailySwing: 0.6,
      burst: { factor: 2, startSeconds: 3600, seconds: 1800 },
    };
    const simulation = new Simulation();
    const hours = Array<number>(24).fill(0);
    arrive(simulation, seededRandom(4), traffic, 0, 86_399, () => {
      hours[Math.floor(simulation.nowSeconds / 3600)]!++;
    });
    simulation.run();
    hours.forEach((count, hour) => {
      let expected = 0;
      for (let second = hour * 3600; second < (hour + 1) * 3600; second++)
        expected += rateAt(traffic, second);
      // Five standard deviations of a Poisson count.
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });
});
