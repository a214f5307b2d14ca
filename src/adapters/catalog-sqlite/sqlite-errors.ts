import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.js';
import { UNKNOWN_OUTCOME } from '../../domain/unknown-outcome.js';

/** Runs database work; what SQLite throws comes out as an `AppError` that says what to do. */
export function withSqliteErrors<Result>(databasePath: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toCatalogError(databasePath, error);
  }
}

function toCatalogError(databasePath: string, error: unknown): unknown {
  // Only what was stored is parsed here: SQLite does not see a flipped bit in a row.
  if (error instanceof SyntaxError) {
    return new AppError(
      'corrupt-data',
      `${databasePath} holds text that was not stored so: ${error.message}.`,
      {
        cause: error,
        hint: 'The disk or memory changed stored data: restore the data folder from a backup.',
      },
    );
  }
  const cause = sqliteCause(error);
  if (cause === undefined) return error;
  const { code } = cause;
  const details = { databasePath, sqliteCode: code };
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR')) {
    const hint = 'Free some space, or name a data folder on another disk with --data, and try again.';
    const message = `The disk that holds ${databasePath} is full or failing: ${cause.message}.`;
    // A commit that could not be synced is in the log; whether it counts, the next process to open it sees.
    const isUnknown = code.startsWith('SQLITE_IOERR');
    return new AppError('out-of-storage', message, {
      cause,
      hint,
      details: isUnknown ? { ...details, ...UNKNOWN_OUTCOME } : details,
    });
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    const hint = 'Restore the file from a backup, or move it away and ingest again.';
    return new AppError('corrupt-data', `${databasePath} is no sound Videre database.`, {
      cause,
      hint,
      details,
    });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    const hint = 'Another process is writing to this data folder: try again when it is done.';
    return new AppError('timed-out', `${databasePath} stayed locked.`, { cause, hint, details });
  }
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) {
    const hint = 'Check that the data folder is yours to write, or name another with --data.';
    return new AppError('invalid-input', `Cannot write to ${databasePath}.`, { cause, hint, details });
  }
  return new AppError('internal', `SQLite failed on ${databasePath}: ${cause.message}.`, { cause, details });
}

/** drizzle wraps what the driver throws. */
function sqliteCause(error: unknown): InstanceType<typeof Database.SqliteError> | undefined {
  if (error instanceof Database.SqliteError) return error;
  if (error instanceof Error && error.cause !== undefined) return sqliteCause(error.cause);
  return undefined;
}
