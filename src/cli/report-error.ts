import { AppError, toAppError } from '../domain/errors.js';
import { printable, type Terminal } from './terminal.js';

/** What a machine reads of an error. */
export function errorFacts(error: AppError): Record<string, unknown> {
  const { code, message, hint, details } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), details };
}

/** One sentence and what to do; the stack only for those who ask for it. */
export function errorText(error: AppError): string {
  const sentence = printable(error.message);
  return error.hint === undefined ? sentence : `${sentence} ${printable(error.hint)}`;
}

/** Says what went wrong and leaves the exit code that goes with it. */
export function reportError(terminal: Terminal, thrown: unknown, asJson: boolean): void {
  const error = isUsageError(thrown) ? usageError(thrown) : toAppError(thrown);
  terminal.status('');
  if (asJson) terminal.line(JSON.stringify({ error: errorFacts(error) }));
  else terminal.note(`videre: ${errorText(error)}`);
  if (process.env.VIDERE_DEBUG) terminal.note(String(thrown instanceof Error ? thrown.stack : thrown));
  process.exitCode = error.exitCode;
}

/** citty's own: an unknown command, an argument that is missing. */
function isUsageError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'CLIError';
}

function usageError(cause: Error): AppError {
  const sentence = cause.message.endsWith('.') ? cause.message : `${cause.message}.`;
  return new AppError('invalid-input', sentence, { cause, hint: 'See videre --help.' });
}
