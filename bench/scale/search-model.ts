import { seededRandom } from '../../src/app/evaluation/random.js';
import { percentile } from '../percentile.js';
import { exponential, lognormal, sigmaByHighest } from './distributions.js';
import type { Inputs } from './inputs.js';
import { Simulation } from './simulation.js';
import { Station } from './station.js';

export interface SearchMachines {
  /** Threads that turn texts into vectors. */
  textEncoders: number;
  /** Every search asks all of them. */
  shards: number;
  /** Of a shard; a search asks one of them. */
  replicas: number;
  coresPerReplica: number;
}

export interface SearchLoad {
  searchesPerSecond: number;
  /** Of one core, with a shard to itself. */
  shardP50Seconds: number;
  shardP99Seconds: number;
  /** Clips that each replica of a shard adds to its graph. */
  insertsPerSecondAShard: number;
}

export interface SearchReport {
  asked: number;
  answered: number;
  p50Seconds: number;
  p99Seconds: number;
  utilization: { textEncoders: number; shards: number };
}

interface Search {
  askedSeconds: number;
  shardsLeft: number;
}

/** What a core does for a shard: its part of a search, or some of the work on the graph. */
type Task = { search: Search } | { seconds: number };

const WARM_UP_SECONDS = 2;
const PATIENCE_SECONDS = 60;

/** A while of searching: text to vector, all shards at once, done when the last of them answers. */
export function simulateSearch(
  inputs: Inputs,
  machines: SearchMachines,
  load: SearchLoad,
  observedSeconds: number,
  seed: number,
): SearchReport {
  const simulation = new Simulation();
  const random = seededRandom(seed);
  const draw = (median: number, highest: number) =>
    lognormal(random, median, sigmaByHighest(median, highest));
  const textSeconds = draw(inputs['search.text_p50_s'], inputs['search.text_p99_s']);
  const shardSeconds = draw(load.shardP50Seconds, load.shardP99Seconds);
  const latencies: number[] = [];
  let asked = 0;

  const answer = ({ search }: { search: Search }) => {
    search.shardsLeft--;
    if (search.shardsLeft > 0 || search.askedSeconds < WARM_UP_SECONDS) return;
    latencies.push(simulation.nowSeconds - search.askedSeconds + inputs['search.network_s']);
  };
  const shards = Array.from({ length: machines.shards }, () =>
    Array.from(
      { length: machines.replicas },
      () =>
        new Station<Task>(simulation, {
          servers: machines.coresPerReplica,
          serviceSeconds: ([task]) => ('search' in task! ? shardSeconds() : task!.seconds),
          done: (task) => 'search' in task && answer(task),
        }),
    ),
  );
  const askShards = (search: Search) => {
    for (const replicas of shards) {
      replicas[Math.floor(random() * replicas.length)]!.submit({ search });
    }
  };
  const textEncoders = new Station<Search>(simulation, {
    servers: machines.textEncoders,
    serviceSeconds: textSeconds,
    done: askShards,
  });

  const endSeconds = WARM_UP_SECONDS + observedSeconds;
  repeat(simulation, exponential(random, 1 / load.searchesPerSecond), endSeconds, () => {
    if (simulation.nowSeconds >= WARM_UP_SECONDS) asked++;
    const search = { askedSeconds: simulation.nowSeconds, shardsLeft: machines.shards };
    if (random() < inputs['search.text_remembered']) askShards(search);
    else textEncoders.submit(search);
  });
  const replicas = shards.flat();
  for (const replica of replicas) keepGraph(simulation, random, inputs, load, replica, endSeconds);

  simulation.run(WARM_UP_SECONDS);
  for (const station of [textEncoders, ...replicas]) station.busy.restart();
  simulation.run(endSeconds);
  const utilization = {
    textEncoders: textEncoders.utilization,
    shards: replicas.reduce((sum, replica) => sum + replica.utilization, 0) / replicas.length,
  };
  simulation.run(endSeconds + PATIENCE_SECONDS);

  const answered = latencies.length;
  const all = [...latencies, ...Array<number>(asked - answered).fill(Number.POSITIVE_INFINITY)];
  return {
    asked,
    answered,
    p50Seconds: percentile(all, 0.5),
    p99Seconds: percentile(all, 0.99),
    utilization,
  };
}

/** New clips come in one by one, and now and then small graphs are merged: slices of work that let searches go first. */
function keepGraph(
  simulation: Simulation,
  random: () => number,
  inputs: Inputs,
  { insertsPerSecondAShard }: SearchLoad,
  replica: Station<Task>,
  endSeconds: number,
): void {
  if (insertsPerSecondAShard === 0) return;
  const insert = { seconds: inputs['index.insert_core_s'] };
  repeat(simulation, exponential(random, 1 / insertsPerSecondAShard), endSeconds, () =>
    replica.submit(insert, 'patient'),
  );
  const every = inputs['index.merge_every_s'];
  const mergeSeconds = every * insertsPerSecondAShard * inputs['index.rewrites'] * insert.seconds;
  const slice = { seconds: inputs['index.slice_s'] };
  const merge = () => {
    for (let left = mergeSeconds; left > 0; left -= slice.seconds) replica.submit(slice, 'patient');
    simulation.after(every, merge);
  };
  // Not all at once.
  simulation.after(random() * every, merge);
}

function repeat(simulation: Simulation, gap: () => number, untilSeconds: number, happen: () => void): void {
  simulation.after(gap(), () => {
    if (simulation.nowSeconds > untilSeconds) return;
    happen();
    repeat(simulation, gap, untilSeconds, happen);
  });
}
