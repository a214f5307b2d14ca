import { seededRandom } from '../../src/app/evaluation/random.js';
import { percentile } from '../percentile.js';
import { arrive, type Traffic } from './arrivals.js';
import { type Draw, exponential, lognormal, sigmaByMean } from './distributions.js';
import type { Inputs } from './inputs.js';
import { Simulation } from './simulation.js';
import { Station } from './station.js';

/** What there is to take uploads. */
export interface IngestMachines {
  /** Each decodes one piece of a video at a time. */
  decoders: number;
  coresPerDecoder: number;
  encoders: number;
  writers: number;
}

/** How uploads go through it. */
export interface IngestDesign {
  /** Of a video are decoded at a time; infinite where a video is one job. */
  segmentSeconds: number;
  /** A writer has so many seconds of work with a piece of so many clips. */
  writeSeconds: (clips: number) => number;
  /** The share of all uploads that comes here. */
  share: number;
}

export interface IngestReport {
  arrived: number;
  /** Of those, to the last segment. */
  searchable: number;
  /** Upload to searchable. */
  p50Seconds: number;
  p99Seconds: number;
  /** The same, less what it takes when nobody else is there. */
  waitP99Seconds: number;
  utilization: { decoders: number; encoders: number; writers: number };
  /** Segments that waited for a decoder, at most. */
  longestQueue: number;
  deaths: number;
}

interface Upload {
  arrivedSeconds: number;
  aloneSeconds: number;
  segmentsLeft: number;
}

interface Segment {
  upload: Upload;
  decodeSeconds: number;
  clips: number;
}

/** Clips of all videos share batches, so an encoder is given several batches of them at once, whole pieces. */
const BATCHES_IN_A_ROW = 4;
const WARM_UP_SECONDS = 600;
/** The busiest time of a day takes hours, and queues may not grow in them. */
const OBSERVED_SECONDS = 14_400;
/** Who is not through by then never is: the queue grows. */
const PATIENCE_SECONDS = 3600;
const SECONDS_PER_DAY = 86_400;

/** Four hours around the busiest time of the day, with a burst in the midst of them. */
export function simulateIngest(
  inputs: Inputs,
  machines: IngestMachines,
  { segmentSeconds, writeSeconds, share }: IngestDesign,
  seed: number,
): IngestReport {
  const simulation = new Simulation();
  const random = seededRandom(seed);
  const drawVideo = videos(inputs, random);
  // Less than a batch is reckoned as one.
  const encodeSeconds = (clips: number) =>
    Math.max(clips, inputs['encode.batch_clips']) / inputs['encode.clips_per_s'];
  const latencies: number[] = [];
  const waits: number[] = [];
  let arrived = 0;

  const deaths = {
    drawLifeSeconds: exponential(random, inputs['death.worker_days'] * SECONDS_PER_DAY),
    noticedAfterSeconds: inputs['death.noticed_s'],
    repairSeconds: inputs['death.repair_s'],
  };
  const writers = new Station<Segment>(simulation, {
    servers: machines.writers,
    serviceSeconds: ([segment]) => writeSeconds(segment!.clips),
    done: ({ upload }) => {
      upload.segmentsLeft--;
      if (upload.segmentsLeft > 0 || upload.arrivedSeconds < WARM_UP_SECONDS) return;
      const seconds = simulation.nowSeconds - upload.arrivedSeconds;
      latencies.push(seconds);
      waits.push(seconds - upload.aloneSeconds);
    },
  });
  const encoders = new Station<Segment>(simulation, {
    servers: machines.encoders,
    serviceSeconds: (segments) => encodeSeconds(segments.reduce((sum, { clips }) => sum + clips, 0)),
    done: (segment) => writers.submit(segment),
    batch: {
      weight: ({ clips }) => clips,
      fullWeight: BATCHES_IN_A_ROW * inputs['encode.batch_clips'],
      waitSeconds: inputs['encode.batch_wait_s'],
    },
    deaths,
  });
  const decoders = new Station<Segment>(simulation, {
    servers: machines.decoders,
    serviceSeconds: ([segment]) => segment!.decodeSeconds,
    done: (segment) => encoders.submit(segment),
    deaths,
  });

  const upload = () => {
    const isObserved = simulation.nowSeconds >= WARM_UP_SECONDS;
    if (isObserved) arrived++;
    const { seconds, coreSecondsPerSecond } = drawVideo();
    const count = Math.max(1, Math.ceil(seconds / segmentSeconds));
    const clips = Math.max(1, Math.round(seconds / count / inputs['clip.seconds']));
    const decodeSeconds =
      inputs['decode.start_s'] + ((seconds / count) * coreSecondsPerSecond) / machines.coresPerDecoder;
    const aloneSeconds = decodeSeconds + encodeSeconds(clips) + writeSeconds(clips);
    const owner = { arrivedSeconds: simulation.nowSeconds, aloneSeconds, segmentsLeft: count };
    for (let segment = 0; segment < count; segment++)
      decoders.submit({ upload: owner, decodeSeconds, clips });
  };
  const traffic = uploadTraffic(inputs, share);
  const endSeconds = WARM_UP_SECONDS + OBSERVED_SECONDS;
  arrive(simulation, random, traffic, -endSeconds / 2, endSeconds, upload);

  simulation.run(WARM_UP_SECONDS);
  for (const station of [decoders, encoders, writers]) {
    station.busy.restart();
    station.waiting.restart();
  }
  simulation.run(endSeconds);
  const utilization = {
    decoders: decoders.utilization,
    encoders: encoders.utilization,
    writers: writers.utilization,
  };
  const longestQueue = decoders.waiting.greatest;
  simulation.run(endSeconds + PATIENCE_SECONDS);

  const searchable = latencies.length;
  const lost = Array<number>(arrived - searchable).fill(Number.POSITIVE_INFINITY);
  const all = [...latencies, ...lost];
  return {
    arrived,
    searchable,
    p50Seconds: percentile(all, 0.5),
    p99Seconds: percentile(all, 0.99),
    waitP99Seconds: percentile([...waits, ...lost], 0.99),
    utilization,
    longestQueue,
    deaths: decoders.deaths + encoders.deaths,
  };
}

/** Of a share of all uploads; the burst comes when the day is busiest. */
export function uploadTraffic(inputs: Inputs, share: number): Traffic {
  const videoSecondsPerSecond = inputs['uploads.hours_per_minute'] * 60 * share;
  const burstSeconds = inputs['uploads.burst_minutes'] * 60;
  return {
    meanPerSecond: videoSecondsPerSecond / (inputs['video.mean_minutes'] * 60),
    dailySwing: inputs['uploads.daily_swing'],
    burst: { factor: inputs['uploads.burst_factor'], startSeconds: -burstSeconds / 2, seconds: burstSeconds },
  };
}

/** Draws lengths, in seconds, and what decoding them takes. */
function videos(
  inputs: Inputs,
  random: () => number,
): () => { seconds: number; coreSecondsPerSecond: number } {
  const median = inputs['video.median_minutes'] * 60;
  const length: Draw = lognormal(random, median, sigmaByMean(median, inputs['video.mean_minutes'] * 60));
  const longest = inputs['video.longest_hours'] * 3600;
  const { 'video.share_360p': small, 'video.share_720p': middle } = inputs;
  return () => {
    const seconds = Math.min(Math.max(1, length()), longest);
    const place = random();
    const height = place < small ? '360p' : place < small + middle ? '720p' : '1080p';
    return { seconds, coreSecondsPerSecond: inputs[`decode.${height}_core_s_per_s`] };
  };
}
