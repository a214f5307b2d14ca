import { AppError } from '../../domain/errors.js';

// A statement of a batch that must not go through breaks a rule of the one row of `edge_library`, which undoes the batch;
// which column it left empty says why.
const SUPERSEDED = 'edge_library.push';
const INCOMPLETE = 'edge_library.version';

export function superseded(): AppError {
  return new AppError(
    'conflict',
    'Another push to this Worker began meanwhile, and took the place of this one.',
    {
      hint: 'Let it end, and push again.',
    },
  );
}

/** @returns what a batch was undone for, where that is one of our reasons. */
export function pushError(thrown: unknown): unknown {
  const message = messagesOf(thrown);
  if (message.includes(SUPERSEDED)) return superseded();
  if (message.includes(INCOMPLETE)) {
    return new AppError('conflict', 'Clips of a video that was to be published are not all there.', {
      hint: 'Push again.',
      cause: thrown,
    });
  }
  return thrown;
}

function messagesOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return `${thrown.message} ${thrown.cause === undefined ? '' : messagesOf(thrown.cause)}`;
}
