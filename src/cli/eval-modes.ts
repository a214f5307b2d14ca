import { AppError } from '../domain/errors.js';

/** What `videre eval` does, and the options that mean something to it beside those of all. */
const OPTIONS = {
  model: [
    'videos',
    'annotations',
    'list',
    'bank',
    'time-test',
    'rerank-k',
    'rerank',
    'limit',
    'data',
    'bundle',
  ],
  matrix: [
    'matrix',
    'annotations',
    'list',
    'text-ids',
    'video-ids',
    'fuse',
    'fuse-text-ids',
    'fuse-video-ids',
  ],
  classification: ['videos', 'annotations', 'labels', 'segments', 'crops', 'limit', 'data', 'bundle'],
  compare: ['rows'],
} as const satisfies Record<string, readonly string[]>;

export type EvalMode = keyof typeof OPTIONS;

const NAMES: Record<EvalMode, string> = {
  model: 'the evaluation of a model',
  matrix: '--matrix',
  classification: 'classification',
  compare: 'compare',
};

export function evalModeOf({ dataset, matrix }: { dataset?: string; matrix?: string }): EvalMode {
  if (dataset === 'compare' || dataset === 'classification') return dataset;
  return matrix === undefined ? 'model' : 'matrix';
}

/**
 * An option that a run takes no notice of would let its figures be taken for what they are not.
 * @throws AppError `invalid-input` naming an option that means nothing in this mode.
 */
export function assertOptionsOf(mode: EvalMode, args: object): void {
  const accepted: readonly string[] = OPTIONS[mode];
  const stray = Object.values(OPTIONS)
    .flat()
    .find((name) => !accepted.includes(name) && isGiven(name, args));
  if (stray === undefined) return;
  const flag = stray === 'rerank' ? '--no-rerank' : `--${stray}`;
  throw new AppError('invalid-input', `${flag} means nothing to ${NAMES[mode]}.`, {
    hint: `It takes ${accepted.map((name) => `--${name}`).join(', ')}.`,
  });
}

/** The re-ranker is there unless it is left out. */
function isGiven(name: string, args: object): boolean {
  const value: unknown = Reflect.get(args, name);
  return name === 'rerank' ? value === false : value !== undefined;
}
