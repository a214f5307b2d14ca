import { parseArgs } from 'node:util';
import { AppError } from '../src/domain/errors.js';
import { DESIGNS, type Design } from './scale/designs.js';
import { type IngestDesign, type IngestReport, simulateIngest } from './scale/ingest-model.js';
import { chooseInputs, type Inputs, measuredFigures } from './scale/inputs.js';
import { greatestLoad, leastEnough } from './scale/least.js';
import { bytesInMemory, type Flow, flow, monthlyCost, PRECISIONS, shardsFor } from './scale/plan.js';
import { type SearchLoad, simulateSearch } from './scale/search-model.js';
import { fewestMachines, offeredLoad } from './scale/sizing.js';

/** Kept at the busiest time of the day, in a burst. */
const UPLOAD_P99_SECONDS = 300;
const SEARCH_P99_SECONDS = 0.15;
/** Equal parts, each with machines of its own; one of them is simulated. */
const CELLS = 10;
const SEARCH_SECONDS = 10;
/** For a shard that is lost or restarted. */
const REPLICAS = 2;

const resultsFolder = new URL('./results/', import.meta.url);

/**
 * What so many uploads take, by arithmetic and by a simulation of the busiest hours of a day; and how far the designs before it go.
 *
 *   npm run bench -- scale [--set uploads.hours_per_minute=500 --set NAME=NUMBER ...] [--seed 1] [--inputs] [--json]
 *
 * `--inputs` only lists what it reckons with, and where each figure is from.
 */
export async function benchmarkScale(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      set: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      inputs: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed))
    throw new AppError('invalid-input', `--seed takes a whole number, not "${values.seed}".`);
  const { inputs, sources } = chooseInputs(await measuredFigures(resultsFolder), values.set);
  if (values.inputs) {
    for (const { name, value, unit, source } of sources)
      say(`${name.padEnd(28)} ${value} ${unit} (${source})`);
    return {};
  }
  const mean = flow(inputs);
  const results: Record<string, number> = {};
  sayFlow(mean, results);
  const clips = mean.clipsPerDay * inputs['index.keep_days'];
  sayMemory(inputs, clips, results);
  const ingest = sizeIngest(inputs, mean, seed, results);
  const shards = shardsFor(inputs, clips, 'binary');
  sizeSearch(inputs, mean, clips, shards, seed, results);
  if (ingest !== undefined) {
    const costs = monthlyCost(inputs, { ...ingest, indexMachines: shards * REPLICAS, clips });
    for (const [name, dollars] of Object.entries(costs)) {
      say(`${name}: $${dollars.toLocaleString('en', { maximumFractionDigits: 0 })} a month`);
      results[`scale.dollars_a_month.${name}`] = dollars;
    }
  }
  for (const design of DESIGNS) tryDesign(inputs, design, seed, results);
  return results;
}

function sayFlow(mean: Flow, results: Record<string, number>): void {
  say(
    `${mean.uploadsPerSecond.toFixed(1)} uploads, ${mean.videoSecondsPerSecond.toFixed(0)} s of video and ${mean.clipsPerSecond.toFixed(0)} ` +
      `clips a second; ${(mean.clipsPerDay / 1e6).toFixed(0)} million vectors a day. Always at work: ${mean.decoderCores.toFixed(0)} cores ` +
      `to decode (or the decoders of ${mean.decodingGpus.toFixed(0)} GPUs), ${mean.encodingGpus.toFixed(1)} GPUs to encode. Media: ` +
      `${((mean.mediaBytesPerSecond * 8) / 1e9).toFixed(0)} Gbit/s, ${(mean.mediaBytesPerDay / 1e15).toFixed(2)} PB a day; frames to the ` +
      `encoders ${((mean.framesBytesPerSecond * 8) / 1e9).toFixed(0)} Gbit/s`,
  );
  results['scale.clips_per_s'] = mean.clipsPerSecond;
  results['scale.clips_per_day'] = mean.clipsPerDay;
  results['scale.mean.decoder_cores'] = mean.decoderCores;
  results['scale.mean.encoding_gpus'] = mean.encodingGpus;
  results['scale.mean.decoding_gpus'] = mean.decodingGpus;
  results['scale.media_pb_per_day'] = mean.mediaBytesPerDay / 1e15;
  results['scale.frames_gbit_per_s'] = (mean.framesBytesPerSecond * 8) / 1e9;
}

function sayMemory(inputs: Inputs, clips: number, results: Record<string, number>): void {
  for (const precision of PRECISIONS) {
    const terabytes = (clips * bytesInMemory(inputs, precision)) / 1e12;
    const machines = shardsFor(inputs, clips, precision);
    say(
      `${precision}: ${bytesInMemory(inputs, precision)} bytes a clip, ${terabytes.toFixed(0)} TB, ${machines} machines`,
    );
    results[`scale.memory.${precision}.tb`] = terabytes;
    results[`scale.memory.${precision}.machines`] = machines;
  }
}

/** Of all cells together. */
function sizeIngest(inputs: Inputs, mean: Flow, seed: number, results: Record<string, number>) {
  const design: IngestDesign = {
    segmentSeconds: inputs['segment.seconds'],
    writeSeconds: (clips) => inputs['index.commit_s'] + clips * inputs['index.insert_core_s'],
    share: 1 / CELLS,
  };
  const offered = offeredLoad(inputs, design, {
    decoders: mean.decoderCores / CELLS,
    encoders: mean.encodingGpus / CELLS,
  });
  const keepsPromise = ({ p99Seconds }: IngestReport) => p99Seconds < UPLOAD_P99_SECONDS;
  const fewest = fewestMachines(inputs, design, offered, keepsPromise, seed);
  if (fewest === undefined) {
    say(`No number of machines keeps a p99 of ${UPLOAD_P99_SECONDS} s from upload to searchable`);
    return undefined;
  }
  const { machines, report } = fewest;
  const fleet = {
    decoderCores: machines.decoders * CELLS,
    gpus: machines.encoders * CELLS,
    writerCores: machines.writers * CELLS,
  };
  say(
    `Fewest with a p99 of ${UPLOAD_P99_SECONDS} s: ${CELLS} cells of ${machines.decoders} decoding cores, ${machines.encoders} GPUs and ` +
      `${machines.writers} cores that write. Then ${describe(report)}`,
  );
  results['scale.decoder_cores'] = fleet.decoderCores;
  results['scale.gpus'] = fleet.gpus;
  results['scale.writer_cores'] = fleet.writerCores;
  results['scale.upload.p50_s'] = report.p50Seconds;
  results['scale.upload.p99_s'] = report.p99Seconds;
  results['scale.upload.longest_queue'] = report.longestQueue;
  for (const [kind, share] of Object.entries(report.utilization))
    results[`scale.utilization.${kind}`] = share;
  return fleet;
}

/** The cores of a replica that a search needs, and what all of them can bear. */
function sizeSearch(
  inputs: Inputs,
  mean: Flow,
  clips: number,
  shards: number,
  seed: number,
  results: Record<string, number>,
): void {
  // A search of a graph goes as the logarithm of its size (Malkov and Yashunin 2016); measured at a million.
  const growth = Math.log(clips / shards) / Math.log(1e6);
  const load = (searchesPerSecond: number): SearchLoad => ({
    searchesPerSecond,
    shardP50Seconds: inputs['search.shard_p50_s'] * growth + inputs['search.rescore_s'],
    shardP99Seconds: inputs['search.shard_p99_s'] * growth + inputs['search.rescore_s'],
    insertsPerSecondAShard: mean.clipsPerSecond / shards,
  });
  const simulate = (searchesPerSecond: number, coresPerReplica: number, seconds = SEARCH_SECONDS) =>
    simulateSearch(
      inputs,
      { textEncoders: Math.ceil(searchesPerSecond / 100), shards, replicas: REPLICAS, coresPerReplica },
      load(searchesPerSecond),
      seconds,
      seed,
    );
  const wanted = inputs['search.per_s'];
  const cores = leastEnough(
    1,
    inputs['index.cores'],
    (count) => simulate(wanted, count).p99Seconds < SEARCH_P99_SECONDS,
  );
  if (!Number.isFinite(cores)) {
    say(
      `${wanted} searches a second: not with a p99 of ${SEARCH_P99_SECONDS * 1000} ms on machines of ${inputs['index.cores']} cores`,
    );
    return;
  }
  const report = simulate(wanted, cores);
  say(
    `${wanted} searches a second on ${shards} shards, ${REPLICAS} replicas each: ${cores} cores a machine keep p99 below ` +
      `${SEARCH_P99_SECONDS * 1000} ms (p50 ${(report.p50Seconds * 1000).toFixed(0)} ms, p99 ${(report.p99Seconds * 1000).toFixed(0)} ms, ` +
      `${(report.utilization.shards * 100).toFixed(0)} % at work)`,
  );
  results['scale.search.shards'] = shards;
  results['scale.search.cores_per_machine'] = cores;
  results['scale.search.p50_ms'] = report.p50Seconds * 1000;
  results['scale.search.p99_ms'] = report.p99Seconds * 1000;
  results['scale.search.utilization'] = report.utilization.shards;
}

/** How much a design bears, what of it is busiest then, and how long its memory lasts. */
function tryDesign(inputs: Inputs, design: Design, seed: number, results: Record<string, number>): void {
  const { name, machines, segmentSeconds, memoryGb, bytesPerClip } = design;
  const writeSeconds = (clips: number) => design.writeSeconds(inputs, clips);
  const simulate = (hoursPerMinute: number) =>
    simulateIngest(
      inputs,
      machines,
      { segmentSeconds, writeSeconds, share: hoursPerMinute / inputs['uploads.hours_per_minute'] },
      seed,
    );
  const most = greatestLoad(0.125, (load) => simulate(load).waitP99Seconds < UPLOAD_P99_SECONDS, 0.05);
  const report = simulate(most);
  const clipsPerSecond = (most * 60) / inputs['clip.seconds'];
  const days = (memoryGb * 1e9) / bytesPerClip / clipsPerSecond / 86_400;
  say(
    `${name}: ${most.toFixed(2)} h/min with waits of at most ${UPLOAD_P99_SECONDS} s (p99); memory full after ${days.toFixed(1)} days. ${describe(report)}`,
  );
  results[`scale.${name}.hours_per_minute`] = most;
  results[`scale.${name}.upload_p99_s`] = report.p99Seconds;
  results[`scale.${name}.days_until_memory_is_full`] = days;
}

function describe({
  arrived,
  p50Seconds,
  p99Seconds,
  utilization,
  longestQueue,
  deaths,
}: IngestReport): string {
  const shares = Object.entries(utilization).map(([kind, share]) => `${kind} ${(share * 100).toFixed(0)} %`);
  return (
    `p50 ${p50Seconds.toFixed(1)} s, p99 ${p99Seconds.toFixed(0)} s of ${arrived} uploads; at work: ${shares.join(', ')}; ` +
    `${longestQueue} pieces waited at most; ${deaths} machines died`
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
