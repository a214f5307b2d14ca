/** One tensor of one case, computed and held against the expected one. */
export interface Comparison {
  case: string;
  tensor: string;
  /** Worst error in `unit`; NaN when the tensors could not be compared. */
  error: number;
  tolerance: number;
  unit: 'relative' | 'levels';
  passed: boolean;
  /** Why nothing could be compared. */
  problem?: string;
}

/** Largest |difference| over largest |expected|. */
const RELATIVE_TOLERANCE = 1e-3;
/** Of 255. */
const LEVEL_TOLERANCE = 1;

/** The worst error in words: `3.1e-7 relative`, `1 of 255`, or why there is none. */
export function describeError({ error, unit, problem }: Comparison): string {
  if (problem !== undefined) return problem;
  return unit === 'levels' ? `${error} of 255` : `${error.toExponential(1)} relative`;
}

interface Named {
  case: string;
  tensor: string;
}

/** Compares floats; positions where `counts` says no are left out. */
export function compareRelative(
  named: Named,
  actual: Float32Array,
  expected: Float32Array,
  counts: (position: number) => boolean = () => true,
): Comparison {
  if (actual.length !== expected.length) return differentLength(named, 'relative', actual, expected);
  let difference = 0;
  let scale = 0;
  for (let position = 0; position < expected.length; position++) {
    if (!counts(position)) continue;
    const distance = Math.abs(actual[position]! - expected[position]!);
    // Not Math.max for both: a NaN must stay, whatever follows it.
    difference = Number.isNaN(distance) ? Number.NaN : Math.max(difference, distance);
    scale = Math.max(scale, Math.abs(expected[position]!));
  }
  const error = difference === 0 ? 0 : difference / scale;
  return {
    ...named,
    error,
    tolerance: RELATIVE_TOLERANCE,
    unit: 'relative',
    passed: error <= RELATIVE_TOLERANCE,
  };
}

/** Compares 8-bit pictures. */
export function compareLevels(named: Named, actual: Uint8Array, expected: Uint8Array): Comparison {
  if (actual.length !== expected.length) return differentLength(named, 'levels', actual, expected);
  let error = 0;
  for (let position = 0; position < expected.length; position++) {
    error = Math.max(error, Math.abs(actual[position]! - expected[position]!));
  }
  return { ...named, error, tolerance: LEVEL_TOLERANCE, unit: 'levels', passed: error <= LEVEL_TOLERANCE };
}

/** The same, held against another tolerance. */
export function withTolerance(comparison: Comparison, tolerance: number): Comparison {
  if (comparison.unit !== 'relative' || comparison.problem !== undefined) return comparison;
  return { ...comparison, tolerance, passed: comparison.error <= tolerance };
}

/** A case that could not be run at all. */
export function notCompared(named: Named, problem: string): Comparison {
  return {
    ...named,
    error: Number.NaN,
    tolerance: RELATIVE_TOLERANCE,
    unit: 'relative',
    passed: false,
    problem,
  };
}

function differentLength(
  named: Named,
  unit: Comparison['unit'],
  actual: { length: number },
  expected: { length: number },
): Comparison {
  const problem = `computed ${actual.length} values, expected ${expected.length}`;
  return { ...notCompared(named, problem), unit };
}
