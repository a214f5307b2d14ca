import type { Inputs } from './inputs.js';

const DAY_SECONDS = 86_400;
const MONTH_HOURS = 730;
const BYTES_PER_VALUE = { f32: 4, f16: 2, int8: 1, binary: 1 / 8 };
/** A picture that is compressed without loss takes about half. */
const LOSSLESS = 0.5;

export type Precision = keyof typeof BYTES_PER_VALUE;
export const PRECISIONS = Object.keys(BYTES_PER_VALUE) as Precision[];

/** What uploads come to, without anybody waiting for anything. Means of the day; the busiest time is for the simulation. */
export interface Flow {
  videoSecondsPerSecond: number;
  uploadsPerSecond: number;
  clipsPerSecond: number;
  clipsPerDay: number;
  decoderCores: number;
  /** Graphics processors by their decoders alone: every frame, once. */
  decodingGpus: number;
  encodingGpus: number;
  /** From people to the store, and the same again from the store to the decoders. */
  mediaBytesPerSecond: number;
  mediaBytesPerDay: number;
  /** From decoders to encoders, as lossless pictures of the model's size. */
  framesBytesPerSecond: number;
}

export function flow(inputs: Inputs): Flow {
  const videoSecondsPerSecond = inputs['uploads.hours_per_minute'] * 60;
  const clipsPerSecond = videoSecondsPerSecond / inputs['clip.seconds'];
  const mediaBytesPerSecond = (videoSecondsPerSecond * inputs['video.mbit_per_s'] * 1e6) / 8;
  const frameBytes = inputs['frame.edge'] ** 2 * 3 * LOSSLESS;
  return {
    videoSecondsPerSecond,
    uploadsPerSecond: videoSecondsPerSecond / (inputs['video.mean_minutes'] * 60),
    clipsPerSecond,
    clipsPerDay: clipsPerSecond * DAY_SECONDS,
    decoderCores: videoSecondsPerSecond * decodingShare(inputs),
    decodingGpus: (videoSecondsPerSecond * inputs['video.frames_per_s']) / inputs['gpu.nvdec_frames_per_s'],
    encodingGpus: clipsPerSecond / inputs['encode.clips_per_s'],
    mediaBytesPerSecond,
    mediaBytesPerDay: mediaBytesPerSecond * DAY_SECONDS,
    framesBytesPerSecond: clipsPerSecond * inputs['clip.frames'] * frameBytes,
  };
}

/** Core seconds a second of video takes, of the mix of sizes. */
function decodingShare(inputs: Inputs): number {
  const { 'video.share_360p': small, 'video.share_720p': middle } = inputs;
  return (
    small * inputs['decode.360p_core_s_per_s'] +
    middle * inputs['decode.720p_core_s_per_s'] +
    (1 - small - middle) * inputs['decode.1080p_core_s_per_s']
  );
}

/** What a search must have in memory of a clip. The full vectors are on disk, for the score of what was found. */
export function bytesInMemory(inputs: Inputs, precision: Precision): number {
  return inputs['clip.dimensions'] * BYTES_PER_VALUE[precision] + inputs['index.graph_bytes'];
}

/** Machines whose memory holds so many clips. */
export function shardsFor(inputs: Inputs, clips: number, precision: Precision): number {
  return Math.ceil((clips * bytesInMemory(inputs, precision)) / (inputs['index.memory_gb'] * 1e9));
}

export interface Fleet {
  decoderCores: number;
  gpus: number;
  indexMachines: number;
  /** That are kept. */
  clips: number;
}

/** Dollars a month. Of media: one month's uploads, kept for a month. */
export function monthlyCost(
  inputs: Inputs,
  { decoderCores, gpus, indexMachines, clips }: Fleet,
): Record<string, number> {
  const indexMachineHour =
    inputs['index.cores'] * inputs['price.core_hour'] +
    inputs['index.memory_gb'] * inputs['price.memory_gb_hour'];
  const vectorGb = (clips * inputs['clip.dimensions'] * BYTES_PER_VALUE.f32) / 1e9;
  const mediaGb = (flow(inputs).mediaBytesPerDay * MONTH_HOURS) / 24 / 1e9;
  return {
    decoders: decoderCores * inputs['price.core_hour'] * MONTH_HOURS,
    gpus: gpus * inputs['price.gpu_hour'] * MONTH_HOURS,
    index_machines: indexMachines * indexMachineHour * MONTH_HOURS,
    vectors_on_disk: vectorGb * inputs['price.nvme_gb_month'],
    a_month_of_media: mediaGb * inputs['price.store_gb_month'],
  };
}
