import { AppError } from '../../domain/errors.js';

/** What D1 fails with, as an error that says what to do. */
export function toD1Error(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  // Only what was stored is parsed on this way.
  if (thrown instanceof SyntaxError) {
    return new AppError(
      'corrupt-data',
      `The database holds text that was not stored so: ${thrown.message}.`,
      {
        cause: thrown,
        hint: 'Publish the library again.',
      },
    );
  }
  const messages = messagesOf(thrown);
  const message = messages.at(-1)!;
  if (!messages.some((each) => each.startsWith('D1_'))) return thrown;
  if (/no such (table|column)/.test(message)) {
    return new AppError('database-unavailable', 'The database has not the tables of this version.', {
      cause: thrown,
      hint: 'Apply the migrations: npx wrangler d1 migrations apply DB (with --local or --remote).',
    });
  }
  if (message.includes('SQLITE_')) {
    return new AppError('internal', `D1 refuses a statement: ${message}.`, { cause: thrown });
  }
  return new AppError('database-unavailable', 'D1 does not answer.', {
    cause: thrown,
    hint: 'Try again in a moment.',
  });
}

/** Outermost first: drizzle wraps what D1 throws, and D1 what SQLite says. */
function messagesOf(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return [String(thrown)];
  return [thrown.message, ...(thrown.cause === undefined ? [] : messagesOf(thrown.cause))];
}
