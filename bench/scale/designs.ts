import type { IngestMachines } from './ingest-model.js';
import type { Inputs } from './inputs.js';

/** A stage of growth. */
export interface Design {
  name: string;
  machines: IngestMachines;
  segmentSeconds: number;
  writeSeconds: (inputs: Inputs, clips: number) => number;
  /** For the graph. */
  memoryGb: number;
  /** A clip takes so much of it. */
  bytesPerClip: number;
}

/** hnswlib: f32 vectors twice, in the graph and beside it (docs/search.md). */
const HNSWLIB_BYTES = 4200;
/** pgvector: half precision, pages not full (docs/scale.md). */
const PGVECTOR_BYTES = 1350;

/** Videre as it is: a video is a job, and one process or one lock stores what came of it. */
export const DESIGNS: readonly Design[] = [
  {
    name: 'one_box',
    machines: { decoders: 16, coresPerDecoder: 1, encoders: 1, writers: 1 },
    segmentSeconds: Number.POSITIVE_INFINITY,
    writeSeconds: (inputs, clips) =>
      inputs['index.commit_s'] + clips * (inputs['index.row_s'] + inputs['index.insert_core_s']),
    memoryGb: 100,
    bytesPerClip: HNSWLIB_BYTES,
  },
  {
    name: 'postgres',
    machines: { decoders: 1024, coresPerDecoder: 1, encoders: 4, writers: 1 },
    segmentSeconds: Number.POSITIVE_INFINITY,
    writeSeconds: (inputs, clips) => inputs['index.commit_s'] + clips * inputs['index.row_s'],
    memoryGb: 200,
    bytesPerClip: PGVECTOR_BYTES,
  },
];
