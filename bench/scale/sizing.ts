import { type IngestDesign, type IngestMachines, type IngestReport, simulateIngest } from './ingest-model.js';
import type { Inputs } from './inputs.js';
import { leastEnough } from './least.js';

const KINDS = ['decoders', 'encoders', 'writers'] as const;
/** Of what is needed on average, so much is plenty. */
const PLENTY = 3;
/** How exactly a count is found; a simulation is no more exact than that. */
const PRECISION = 0.01;

/** Machines that do what comes on average, and nothing else: every one of them always at work. */
export function offeredLoad(
  inputs: Inputs,
  design: IngestDesign,
  means: { decoders: number; encoders: number },
) {
  const clipsPerSecond = means.encoders * inputs['encode.clips_per_s'];
  const clipsAPiece = design.segmentSeconds / inputs['clip.seconds'];
  const writers = (clipsPerSecond / clipsAPiece) * design.writeSeconds(clipsAPiece);
  return { ...means, writers };
}

/**
 * The fewest machines of each kind that keep a promise at the busiest time: each kind is sized while there is plenty of the
 * others, then all are raised together until they keep it together.
 * @returns undefined where no number of them does, as where one piece alone takes longer
 */
export function fewestMachines(
  inputs: Inputs,
  design: IngestDesign,
  offered: Readonly<Record<(typeof KINDS)[number], number>>,
  keepsPromise: (report: IngestReport) => boolean,
  seed: number,
): { machines: IngestMachines; report: IngestReport } | undefined {
  const simulate = (machines: IngestMachines) => simulateIngest(inputs, machines, design, seed);
  const plenty = scaled(offered, PLENTY);
  if (!keepsPromise(simulate(plenty))) return undefined;
  const alone = { ...plenty };
  for (const kind of KINDS) {
    const isEnough = (count: number) => keepsPromise(simulate({ ...plenty, [kind]: count }));
    alone[kind] = leastEnough(Math.max(1, Math.floor(offered[kind])), plenty[kind], isEnough, PRECISION);
  }
  const raised = (percent: number) => scaled(alone, 1 + percent / 100);
  const percent = leastEnough(0, 100, (more) => keepsPromise(simulate(raised(more))));
  const machines = raised(percent);
  return { machines, report: simulate(machines) };
}

function scaled(counts: Readonly<Record<(typeof KINDS)[number], number>>, factor: number): IngestMachines {
  const up = (count: number) => Math.ceil(count * factor);
  return {
    decoders: up(counts.decoders),
    coresPerDecoder: 1,
    encoders: up(counts.encoders),
    writers: up(counts.writers),
  };
}
