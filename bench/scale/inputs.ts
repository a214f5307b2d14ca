import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../../src/domain/errors.js';

interface Assumption {
  value: number;
  unit: string;
  /** Where it is from, for those who doubt it. */
  source: string;
  /** The figure of bench/results/*.json that takes its place, where that was measured. */
  measuredAs?: string;
}

const GIVEN = 'given; change it to your own';
const DECODING = 'npm run bench -- scale-inputs';
const LIST_PRICE = 'order of list prices in 2026; change it to your own';

/** Everything the plan is made of, by name. */
const ASSUMED = {
  'uploads.hours_per_minute': { value: 500, unit: 'h/min', source: 'the question' },
  'uploads.daily_swing': { value: 0.3, unit: 'of the mean', source: GIVEN },
  'uploads.burst_factor': { value: 1.25, unit: 'times', source: GIVEN },
  'uploads.burst_minutes': { value: 10, unit: 'min', source: GIVEN },
  'video.median_minutes': { value: 4, unit: 'min', source: GIVEN },
  'video.mean_minutes': {
    value: 15,
    unit: 'min',
    source: 'Pex, study of YouTube at the end of 2018: just over 15 minutes',
  },
  'video.longest_hours': { value: 12, unit: 'h', source: 'the longest YouTube takes' },
  'video.share_360p': { value: 0.2, unit: 'of uploads', source: GIVEN },
  'video.share_720p': { value: 0.4, unit: 'of uploads', source: `${GIVEN}; the rest is 1080p` },
  'video.mbit_per_s': { value: 4, unit: 'Mbit/s', source: GIVEN },
  'video.frames_per_s': { value: 30, unit: 'frames/s', source: GIVEN },
  'clip.seconds': { value: 4, unit: 's', source: 'one clip a shot or window, as docs/scale.md reckons' },
  'clip.dimensions': { value: 512, unit: 'values', source: GIVEN },
  'clip.frames': { value: 8, unit: 'frames', source: 'VideoMamba-M' },
  'frame.edge': { value: 224, unit: 'px', source: 'VideoMamba-M' },

  'segment.seconds': { value: 120, unit: 's', source: 'given: what one core decodes at a time' },
  'decode.start_s': { value: 0.5, unit: 's', source: 'given: range read from the store, start of ffmpeg' },
  'decode.360p_core_s_per_s': {
    value: 0.035,
    unit: 'core s/s',
    source: DECODING,
    measuredAs: 'decode.360p.core_s_per_s',
  },
  'decode.720p_core_s_per_s': {
    value: 0.13,
    unit: 'core s/s',
    source: DECODING,
    measuredAs: 'decode.720p.core_s_per_s',
  },
  'decode.1080p_core_s_per_s': {
    value: 0.29,
    unit: 'core s/s',
    source: DECODING,
    measuredAs: 'decode.1080p.core_s_per_s',
  },
  'encode.clips_per_s': {
    value: 634,
    unit: 'clips/s a GPU',
    source: 'H200, M at 8 frames, through Node (docs/cuda.md)',
    measuredAs: 'cuda.node.m.f8.clips_per_s',
  },
  'encode.batch_clips': { value: 32, unit: 'clips', source: 'docs/cuda.md' },
  'encode.batch_wait_s': { value: 0.001, unit: 's', source: 'docs/cuda.md' },
  'death.worker_days': {
    value: 2,
    unit: 'days of work',
    source: 'given: spot machines are taken away as often',
  },
  'death.noticed_s': { value: 30, unit: 's', source: 'the lease of a job (docs/scale.md)' },
  'death.repair_s': { value: 180, unit: 's', source: 'given: a new machine starts' },
  'index.insert_core_s': {
    value: 0.0007,
    unit: 'core s a clip',
    source: 'npm run bench -- scale-inputs --graph, at a million clips',
    measuredAs: 'index.insert.core_s',
  },
  'index.row_s': { value: 0.0001, unit: 's a clip', source: 'given: rows of 2 KB, many in one statement' },
  'index.commit_s': {
    value: 0.005,
    unit: 's a video',
    source: 'docs/scale.md: some milliseconds under the lock of ids',
  },
  'index.graph_bytes': {
    value: 149,
    unit: 'bytes a clip',
    source: 'index file of a million clips less its f32 vectors',
  },
  'index.rewrites': {
    value: 2,
    unit: 'times',
    source: 'given: how often a vector is arranged anew when segments merge',
  },
  'index.merge_every_s': { value: 60, unit: 's', source: 'given' },
  'index.slice_s': {
    value: 0.004,
    unit: 's',
    source: 'docs/search.md: the graph is worked on four milliseconds at a time',
  },
  'index.memory_gb': {
    value: 700,
    unit: 'GB a machine',
    source: 'given: 1 TB of memory less what else needs it',
  },
  'index.cores': { value: 64, unit: 'cores a machine', source: GIVEN },
  'index.keep_days': { value: 365, unit: 'days', source: GIVEN },

  'search.per_s': { value: 1000, unit: 'searches/s', source: GIVEN },
  'search.text_p50_s': { value: 0.0017, unit: 's', source: 'docs/performance.md, Text' },
  'search.text_p99_s': { value: 0.01, unit: 's', source: 'docs/performance.md, Text' },
  'search.text_remembered': { value: 0.3, unit: 'of searches', source: GIVEN },
  'search.shard_p50_s': {
    value: 0.0105,
    unit: 's',
    source: 'docs/search.md: a million clips, ef 4,000, through HTTP, one client',
  },
  'search.shard_p99_s': {
    value: 0.028,
    unit: 's',
    source: 'docs/search.md, the same',
  },
  'search.rescore_s': { value: 0.002, unit: 's', source: 'given: 200 vectors from NVMe, read side by side' },
  'search.network_s': {
    value: 0.002,
    unit: 's',
    source: 'given: there and back between machines of one place',
  },

  'price.gpu_hour': { value: 3, unit: '$', source: LIST_PRICE },
  'price.core_hour': { value: 0.03, unit: '$', source: LIST_PRICE },
  'price.memory_gb_hour': { value: 0.004, unit: '$', source: LIST_PRICE },
  'price.nvme_gb_month': { value: 0.08, unit: '$', source: LIST_PRICE },
  'price.store_gb_month': { value: 0.015, unit: '$', source: LIST_PRICE },
  'gpu.nvdec_frames_per_s': {
    value: 4000,
    unit: '1080p frames/s a GPU',
    source: 'given: not measured; see docs/scale.md',
  },
} as const satisfies Record<string, Assumption>;

export type InputName = keyof typeof ASSUMED;
export type Inputs = Readonly<Record<InputName, number>>;

export interface SourcedInput {
  name: InputName;
  value: number;
  unit: string;
  source: string;
}

/**
 * @param measured figures by name, as benchmarks print them
 * @param changes `NAME=NUMBER` of the person who asks
 * @throws AppError `invalid-input` for a name that is none, or no number
 */
export function chooseInputs(
  measured: Readonly<Record<string, number>>,
  changes: readonly string[] = [],
): { inputs: Inputs; sources: readonly SourcedInput[] } {
  const changed = new Map(changes.map(parseChange));
  const sources = (Object.entries(ASSUMED) as [InputName, Assumption][]).map(
    ([name, assumption]): SourcedInput => {
      const { value, unit, source, measuredAs } = assumption;
      const own = changed.get(name);
      if (own !== undefined) return { name, value: own, unit, source: 'yours' };
      const found = measuredAs === undefined ? undefined : measured[measuredAs];
      return found === undefined
        ? { name, value, unit, source }
        : { name, value: found, unit, source: `measured: ${measuredAs}` };
    },
  );
  const inputs = Object.fromEntries(sources.map(({ name, value }) => [name, value])) as Record<
    InputName,
    number
  >;
  return { inputs, sources };
}

function parseChange(change: string): [InputName, number] {
  const [name = '', number = ''] = change.split('=');
  const value = Number(number);
  if (!(name in ASSUMED) || number === '' || !Number.isFinite(value) || value < 0) {
    throw new AppError('invalid-input', `--set takes NAME=NUMBER, not "${change}".`, {
      hint: `Names are ${Object.keys(ASSUMED).join(', ')}.`,
    });
  }
  return [name as InputName, value];
}

/** The figures of all files in a folder of results; where two have the same, the file whose name comes last. */
export async function measuredFigures(folder: URL): Promise<Record<string, number>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const figures: Record<string, number> = {};
  for (const name of names) {
    const { results } = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as {
      results?: Record<string, number>;
    };
    Object.assign(figures, results);
  }
  return figures;
}
