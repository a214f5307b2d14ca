import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { AppError, toAppError } from '../domain/errors.js';
import { type Pace, paced, TooSlow } from '../domain/paced.js';

/** Values of the fields that are no files, by name, in their order. */
export type Fields = Map<string, string[]>;

export interface FieldLimits {
  maxFields: number;
  maxFieldBytes: number;
}

/** Of all fields together: as many forms as go at once are held in memory. */
const MAX_FIELDS_BYTES = 512 * 1024;

/** A link of 32 kbit/s is waited for; who drips, to hold one of the places for uploads, is not. */
const UPLOAD_PACE: Pace = { deadlineMs: 24 * 3_600_000, leastBytesPerMinute: 60 * 4 * 1024 };

/**
 * Takes one file as it comes; called for each, in their order.
 * @param name what the client calls the file
 * @throws AppError for one that does not belong here, before it reads any of it.
 */
export type TakeFile = (field: string, name: string | undefined, content: Readable) => Promise<unknown>;

/**
 * Reads a multipart body as it comes: memory holds one chunk of a file, whatever its size. When it returns or throws,
 * no file is being taken any more.
 * @throws AppError `invalid-input` for what is no whole multipart body, `too-slow`, and what `take` throws.
 */
export async function readMultipart(request: Request, limits: FieldLimits, take: TakeFile): Promise<Fields> {
  const reading = new AbortController();
  const refuse = (error: unknown) => reading.abort(toAppError(error));
  const fields: Fields = new Map();
  let fieldsBytes = 0;
  const incoming: Readable[] = [];
  const taking: Promise<unknown>[] = [];

  const parser = openParser(request, limits);
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    if (isNameCut || isValueCut) refuse(fieldTooLong(name, limits));
    fieldsBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (fieldsBytes > MAX_FIELDS_BYTES) {
      refuse(new AppError('invalid-input', `The fields have more than ${MAX_FIELDS_BYTES} bytes together.`));
      return;
    }
    fields.set(name, [...(fields.get(name) ?? []), value]);
  });
  parser.on('fieldsLimit', () =>
    refuse(new AppError('invalid-input', `At most ${limits.maxFields} fields go.`)),
  );
  parser.on('file', (field, stream, name) => {
    // A stream without a listener would throw what the parser tells it.
    stream.on('error', () => {});
    try {
      const taken = take(field, name, stream);
      taken.catch(refuse);
      taking.push(taken);
      incoming.push(stream);
    } catch (error) {
      stream.resume();
      refuse(error);
    }
  });

  let failure: AppError | undefined;
  try {
    if (request.body === null) throw new AppError('invalid-input', 'The body is empty.');
    const body = Readable.fromWeb(request.body as ReadableStream<Uint8Array>);
    await pipeline(paced(body, UPLOAD_PACE), parser, { signal: reading.signal });
  } catch (error) {
    failure = reading.signal.aborted ? toAppError(reading.signal.reason) : malformed(error);
    for (const stream of incoming) stream.destroy(failure);
  }
  await Promise.allSettled(taking);
  if (failure !== undefined) throw failure;
  reading.signal.throwIfAborted();
  return fields;
}

function openParser(request: Request, { maxFields, maxFieldBytes }: FieldLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      limits: { fields: maxFields, fieldSize: maxFieldBytes, headerPairs: 20 },
    });
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (cause instanceof TooSlow) {
    const hint = 'Send it over a faster connection.';
    return new AppError('too-slow', `The body is given up: ${cause.message}.`, { cause, hint });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('invalid-input', `The body is no whole multipart/form-data: ${reason}.`, { cause });
}

function fieldTooLong(name: string, { maxFieldBytes }: FieldLimits): AppError {
  return new AppError('invalid-input', `The field ${JSON.stringify(name.slice(0, 80))} is too long.`, {
    hint: `A field has at most ${maxFieldBytes} bytes.`,
  });
}
