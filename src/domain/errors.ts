/**
 * Every error Videre raises on purpose is an `AppError` with a stable code.
 * One table decides what a code means to HTTP (RFC 9457 status) and to the shell (sysexits-like exit code).
 */
const catalogue = {
  /** A value the caller gave cannot be accepted. */
  'invalid-input': { status: 400, exitCode: 64, retryable: false },
  'file-not-found': { status: 404, exitCode: 66, retryable: false },
  'not-found': { status: 404, exitCode: 66, retryable: false },
  /** The route needs an API key, and none, or none that is good, came with the request. */
  unauthorized: { status: 401, exitCode: 77, retryable: false },
  /** The API key does not have the scope, or the page that asks is of another origin. */
  forbidden: { status: 403, exitCode: 77, retryable: false },
  /** The path exists, but not with this method. */
  'method-not-allowed': { status: 405, exitCode: 64, retryable: false },
  /** The request was meant for another host: a page elsewhere gave its name our address. */
  'host-refused': { status: 421, exitCode: 64, retryable: false },
  /** More requests than one caller may make. */
  'rate-limited': { status: 429, exitCode: 75, retryable: true },
  /** What is asked for does not go with the state things are in. */
  conflict: { status: 409, exitCode: 65, retryable: false },
  /** The thing was changed since the caller last saw it. */
  'precondition-failed': { status: 412, exitCode: 65, retryable: false },
  'range-not-satisfiable': { status: 416, exitCode: 64, retryable: false },
  /** An address that Videre does not call: private, or of another protocol. */
  'address-refused': { status: 403, exitCode: 64, retryable: false },
  /** Somebody else's server did not give what it was asked for. */
  'download-failed': { status: 502, exitCode: 69, retryable: true },
  /** More waits to be done than is good: come back later. */
  overloaded: { status: 503, exitCode: 75, retryable: true },
  /** The body of a request is larger than the limit. */
  'payload-too-large': { status: 413, exitCode: 65, retryable: false },
  /** The body of a request is of a type the route does not read. */
  'unsupported-content-type': { status: 415, exitCode: 64, retryable: false },
  /** The file is no video, has no video stream, or is damaged beyond the first frame. */
  'unsupported-media': { status: 415, exitCode: 65, retryable: false },
  /** The file holds fewer frames than its header promises. */
  'truncated-media': { status: 422, exitCode: 65, retryable: false },
  /** A limit on size, resolution, duration or time was reached. */
  'media-limit': { status: 422, exitCode: 65, retryable: false },
  /** A model file (checkpoint, safetensors, bundle, tokenizer) is damaged, hostile or of the wrong shape. */
  'invalid-model': { status: 422, exitCode: 65, retryable: false },
  /** Vectors of two models (or widths) would be mixed. */
  'model-mismatch': { status: 409, exitCode: 65, retryable: false },
  /** A stored row, file or index does not match its checksum. */
  'corrupt-data': { status: 500, exitCode: 74, retryable: false },
  /** A program or native module the request needs is not installed. */
  'missing-dependency': { status: 503, exitCode: 69, retryable: false },
  /** What is asked for needs more memory than there is, of the machine or of its GPU. */
  'out-of-memory': { status: 503, exitCode: 71, retryable: false },
  'out-of-storage': { status: 507, exitCode: 74, retryable: true },
  'timed-out': { status: 504, exitCode: 75, retryable: true },
  /** The server of the language model cannot be reached, or fails whatever it is asked. */
  'language-model-unavailable': { status: 503, exitCode: 69, retryable: true },
  /** It has no time now. */
  'language-model-busy': { status: 503, exitCode: 75, retryable: true },
  /** It began an answer and broke it off, or said what makes no sense. */
  'language-model-failed': { status: 502, exitCode: 75, retryable: true },
  /** It does not take the request: a wrong key, an unknown model, too much to read. */
  'language-model-refused': { status: 502, exitCode: 69, retryable: false },
  /** The caller cancelled the work. */
  cancelled: { status: 499, exitCode: 130, retryable: true },
  /** A fault inside Videre: always a bug or a broken machine. */
  internal: { status: 500, exitCode: 70, retryable: false },
} as const satisfies Record<string, { status: number; exitCode: number; retryable: boolean }>;

export type ErrorCode = keyof typeof catalogue;

export interface AppErrorOptions {
  cause?: unknown;
  /** What the caller can do next, as one plain sentence. */
  hint?: string;
  /** Machine-readable facts: the bad value, what is accepted. */
  details?: Record<string, unknown>;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  get status(): number {
    return catalogue[this.code].status;
  }

  get exitCode(): number {
    return catalogue[this.code].exitCode;
  }

  get retryable(): boolean {
    return catalogue[this.code].retryable;
  }
}

/** Anything thrown, as an `AppError`: what is not ours becomes `internal` with the original as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('cancelled', 'The work was cancelled.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', message, { cause: thrown });
}
