/** What a request came back with when it was refused: RFC 9457 problem details, as the API gives them. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string;
  /** What to do next, in plain words. */
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Whatever was thrown: what is no problem of the API is a fault of the page. */
export function asProblem(error: unknown): ProblemError {
  return error instanceof ProblemError ? error : new ProblemError(0, 'internal', String(error));
}

/** Whether the same may well succeed in a moment: a server that starts again, or has too much to do. */
export function isTemporary(error: unknown): boolean {
  return (
    error instanceof ProblemError &&
    [0, 429, 502, 503, 504].includes(error.status) &&
    error.code !== 'internal'
  );
}

/** The server cannot be reached, or a connection to it broke. */
export function unreachable(): ProblemError {
  return new ProblemError(0, 'unreachable', 'Videre does not answer.', 'Is the server still running?');
}

/** What a connection that broke says, unless it was we who broke it off. */
export function brokenOff(error: unknown): unknown {
  return error instanceof DOMException && error.name === 'AbortError' ? error : unreachable();
}

/** Anything that claims to be problem details. */
export function toProblem(status: number, problem: unknown): ProblemError {
  const { code, detail, title, hint } = (problem ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const message = text(detail) ?? text(title) ?? `The server answered with status ${status}.`;
  return new ProblemError(status, text(code) ?? 'internal', message, text(hint));
}
