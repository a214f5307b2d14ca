interface ErrorKind {
  /** Of an HTTP answer. */
  status: number;
  /** Of the command line, after sysexits.h where that has one. */
  exitCode: number;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** For people; `docs/errors.md` is made of it. */
  meaning: string;
}

/** What each code means to HTTP (RFC 9457), to the shell and to people. Codes are stable: clients decide by them. */
export const ERROR_CATALOGUE = {
  'invalid-input': {
    status: 400,
    exitCode: 64,
    retryable: false,
    meaning: 'A value the caller gave cannot be accepted.',
  },
  'file-not-found': {
    status: 404,
    exitCode: 66,
    retryable: false,
    meaning: 'A file or folder that was named is not there.',
  },
  'not-found': {
    status: 404,
    exitCode: 66,
    retryable: false,
    meaning: 'There is no such thing, or no such route.',
  },
  unauthorized: {
    status: 401,
    exitCode: 77,
    retryable: false,
    meaning: 'The route needs an API key, and none, or none that is good, came with the request.',
  },
  forbidden: {
    status: 403,
    exitCode: 77,
    retryable: false,
    meaning: 'The API key does not have the scope, or the page that asks is of another origin.',
  },
  'method-not-allowed': {
    status: 405,
    exitCode: 64,
    retryable: false,
    meaning: 'The path exists, but not with this method.',
  },
  'host-refused': {
    status: 421,
    exitCode: 64,
    retryable: false,
    meaning: 'The request was meant for another host: a page elsewhere gave its name our address.',
  },
  'rate-limited': {
    status: 429,
    exitCode: 75,
    retryable: true,
    meaning: 'More requests than one caller may make.',
  },
  conflict: {
    status: 409,
    exitCode: 65,
    retryable: false,
    meaning: 'What is asked for does not go with the state things are in.',
  },
  'precondition-failed': {
    status: 412,
    exitCode: 65,
    retryable: false,
    meaning: 'The thing was changed since the caller last saw it.',
  },
  'range-not-satisfiable': {
    status: 416,
    exitCode: 64,
    retryable: false,
    meaning: 'The byte range that was asked for lies outside the file.',
  },
  'address-refused': {
    status: 403,
    exitCode: 64,
    retryable: false,
    meaning: 'An address that Videre does not call: private, or of another protocol.',
  },
  'download-failed': {
    status: 502,
    exitCode: 69,
    retryable: true,
    meaning: "Somebody else's server did not give what it was asked for.",
  },
  overloaded: {
    status: 503,
    exitCode: 75,
    retryable: true,
    meaning: 'More waits to be done than is good: come back later.',
  },
  'too-slow': {
    status: 408,
    exitCode: 75,
    retryable: true,
    meaning: 'The body of a request came so slowly that it was no longer waited for.',
  },
  'payload-too-large': {
    status: 413,
    exitCode: 65,
    retryable: false,
    meaning: 'The body of a request is larger than the limit.',
  },
  'unsupported-content-type': {
    status: 415,
    exitCode: 64,
    retryable: false,
    meaning: 'The body of a request is of a type the route does not read.',
  },
  'unsupported-media': {
    status: 415,
    exitCode: 65,
    retryable: false,
    meaning: 'The file is no video, has no video stream, or is damaged beyond the first frame.',
  },
  'truncated-media': {
    status: 422,
    exitCode: 65,
    retryable: false,
    meaning: 'The file holds fewer frames than its header promises.',
  },
  'media-limit': {
    status: 422,
    exitCode: 65,
    retryable: false,
    meaning: 'A limit on size, resolution, duration or time was reached.',
  },
  'invalid-model': {
    status: 422,
    exitCode: 65,
    retryable: false,
    meaning:
      'A model file (checkpoint, safetensors, bundle, tokenizer) is damaged, hostile or of the wrong shape.',
  },
  'invalid-archive': {
    status: 422,
    exitCode: 65,
    retryable: false,
    meaning: 'An archive or a backup of a library is damaged, hostile, cut off or of another version.',
  },
  'model-mismatch': {
    status: 409,
    exitCode: 65,
    retryable: false,
    meaning: 'Vectors of two models (or widths) would be mixed.',
  },
  'corrupt-data': {
    status: 500,
    exitCode: 74,
    retryable: false,
    meaning: 'A stored row, file or index does not match its checksum.',
  },
  'missing-dependency': {
    status: 503,
    exitCode: 69,
    retryable: false,
    meaning: 'A program or native module the request needs is not installed.',
  },
  'out-of-memory': {
    status: 503,
    exitCode: 71,
    retryable: false,
    meaning: 'What is asked for needs more memory than there is, of the machine or of its GPU.',
  },
  'out-of-storage': {
    status: 507,
    exitCode: 74,
    retryable: true,
    meaning: 'The disk is full or failing; nothing is half done.',
  },
  'storage-unavailable': {
    status: 503,
    exitCode: 69,
    retryable: true,
    meaning: 'The object store that holds the media cannot be reached, or refuses what is asked of it.',
  },
  'timed-out': {
    status: 504,
    exitCode: 75,
    retryable: true,
    meaning: 'It took longer than is allowed, or the library stayed locked.',
  },
  'database-unavailable': {
    status: 503,
    exitCode: 69,
    retryable: true,
    meaning: 'The server of the database cannot be reached, or is going down or coming up.',
  },
  'encoder-unavailable': {
    status: 503,
    exitCode: 69,
    retryable: true,
    meaning: 'None of the encoder servers can be reached, or all of them fail.',
  },
  'edge-unavailable': {
    status: 503,
    exitCode: 69,
    retryable: true,
    meaning: 'The Worker that holds a copy of the library cannot be reached, or fails.',
  },
  'language-model-unavailable': {
    status: 503,
    exitCode: 69,
    retryable: true,
    meaning: 'The server of the language model cannot be reached, or fails whatever it is asked.',
  },
  'language-model-busy': {
    status: 503,
    exitCode: 75,
    retryable: true,
    meaning: 'The server of the language model has no time now.',
  },
  'language-model-failed': {
    status: 502,
    exitCode: 75,
    retryable: true,
    meaning:
      'The server of the language model began an answer and broke it off, or said what makes no sense.',
  },
  'language-model-refused': {
    status: 502,
    exitCode: 69,
    retryable: false,
    meaning:
      'The server of the language model does not take the request: a wrong key, an unknown model, too much to read.',
  },
  cancelled: {
    status: 499,
    exitCode: 130,
    retryable: true,
    meaning: 'The caller cancelled the work.',
  },
  internal: {
    status: 500,
    exitCode: 70,
    retryable: false,
    meaning: 'A fault inside Videre: always a bug or a broken machine.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
