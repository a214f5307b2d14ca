import { DatabaseError } from 'pg';
import { AppError } from '../../domain/errors.js';
import { UNKNOWN_OUTCOME } from '../../domain/unknown-outcome.js';

/** Another transaction was in the way; the same work may go well the next time. */
const TRANSIENT = new Set(['40001', '40P01']);
/** Classes of what a server says that is going, coming up or full: connection, resources, operator intervention. */
const UNAVAILABLE_CLASSES = ['08', '57P', '533'];
const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
/** What `pg` throws without a code when a connection is gone, or none comes. */
const LOST =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable/i;
const DISK_FULL = '53100';
const NOT_IN_CHARACTER_SET = '22021';
const CANCELLED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
const NO_SUCH_DATABASE = '3D000';
const NO_PRIVILEGE = '42501';

/** Runs database work; what Postgres or the way to it throws comes out as an `AppError` that says what to do. */
export async function withPostgresErrors<Result>(
  database: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toCatalogError(database, error);
  }
}

/** Whether the transaction was rolled back through no fault of its own. */
export function isTransient(error: unknown): boolean {
  const cause = postgresCause(error);
  return cause instanceof DatabaseError && TRANSIENT.has(cause.code ?? '');
}

/**
 * What a failed commit tells: when the connection was lost meanwhile, nobody knows whether the server had come that far.
 * @param database its address without the password.
 * @returns an error that says so, or the one that was given.
 */
export function failedCommit(database: string, error: unknown): unknown {
  const cause = postgresCause(error);
  if (cause === undefined || !isUnavailable(cause)) return error;
  return new AppError('database-unavailable', `The database ${database} was lost while it stored this.`, {
    cause,
    hint: 'It may be stored, or not. Ask again: the same content, or the same Idempotency-Key, is not stored twice.',
    details: { database, postgresCode: cause.code ?? '', ...UNKNOWN_OUTCOME },
  });
}

/** @param database its address without the password. */
function toCatalogError(database: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const cause = postgresCause(error);
  if (cause === undefined) return error;
  const code = cause.code ?? '';
  const details = { database, postgresCode: code };
  const told = (kind: ConstructorParameters<typeof AppError>[0], message: string, hint: string) =>
    new AppError(kind, message, { cause, hint, details });
  if (code === DISK_FULL)
    return told(
      'out-of-storage',
      `The disk of ${database} is full.`,
      'Free some space there, and try again.',
    );
  if (code === NOT_IN_CHARACTER_SET)
    return told('invalid-input', 'Postgres keeps no text with a NUL in it.', 'Take the NUL out.');
  if (isUnavailable(cause))
    return told(
      'database-unavailable',
      `The database ${database} cannot be reached: ${cause.message || code}.`,
      'Try again; if it stays away, see whether it runs and DATABASE_URL names it.',
    );
  if (code === CANCELLED || code === LOCK_NOT_AVAILABLE)
    return told('timed-out', `${database} took too long.`, 'Try again when less is under way there.');
  if (code.startsWith('XX00'))
    return told('corrupt-data', `${database} is damaged: ${cause.message}.`, 'Restore it from a backup.');
  if (code.startsWith('28') || code === NO_SUCH_DATABASE || code === NO_PRIVILEGE || code === 'ENOTFOUND')
    return told('invalid-input', `${database} lets nobody in: ${cause.message}.`, 'Check DATABASE_URL.');
  return new AppError('internal', `Postgres failed on ${database}: ${cause.message}.`, { cause, details });
}

function isUnavailable({ code = '', message }: Error & { code?: string | undefined }): boolean {
  if (code === CANCELLED) return false;
  return (
    UNAVAILABLE_CLASSES.some((kind) => code.startsWith(kind)) || SOCKET_ERRORS.has(code) || LOST.test(message)
  );
}

type DriverError = Error & { code?: string | undefined };

/** drizzle wraps what the driver throws. */
function postgresCause(error: unknown): DriverError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof DatabaseError || 'code' in error || LOST.test(error.message)) return error;
  return postgresCause(error.cause);
}
