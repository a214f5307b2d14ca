import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { AppError, toAppError } from '../domain/errors.js';

const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 256 * 1024;

export interface Form {
  /** Values of the fields that are no files, by name. */
  fields: Map<string, string>;
  /** Paths of the files, by name of their field, in their order; gone when the work on the form is done. */
  files: Map<string, string[]>;
}

/** The fields that take files: how many, and how large each. */
export type FormLimits = Readonly<Record<string, { maxFiles: number; maxBytes: number }>>;

/**
 * Reads a multipart body, its files into a folder of their own as they come, and gives it to `work`.
 * @throws AppError `payload-too-large`, `invalid-input`, and what `work` throws.
 */
export async function withForm<Result>(
  request: Request,
  limits: FormLimits,
  work: (form: Form) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-form-'));
  try {
    return await work(await readForm(request, limits, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The JSON in the field `request`, which may be left out. @throws AppError `invalid-input`. */
export function requestField(fields: ReadonlyMap<string, string>): unknown {
  try {
    return JSON.parse(fields.get('request') ?? '{}');
  } catch (cause) {
    throw new AppError('invalid-input', 'The field "request" of the form is no JSON.', { cause });
  }
}

async function readForm(request: Request, limits: FormLimits, folder: string): Promise<Form> {
  const reading = new AbortController();
  const refuse = (error: unknown) => reading.abort(toAppError(error));
  const fields = new Map<string, string>();
  const files = new Map<string, string[]>();
  const writing: Promise<void>[] = [];

  const parser = openParser(request);
  parser.on('field', (name, value, _isNameCut, isValueCut) => {
    if (isValueCut) refuse(new AppError('invalid-input', `A field has at most ${MAX_FIELD_BYTES} bytes.`));
    if (fields.has(name)) refuse(new AppError('invalid-input', `The field "${name}" is given twice.`));
    fields.set(name, value);
  });
  parser.on('fieldsLimit', () => refuse(new AppError('invalid-input', `At most ${MAX_FIELDS} fields go.`)));
  parser.on('file', (field, stream) => {
    // A stream without a listener would throw what the parser tells it.
    stream.on('error', () => {});
    const earlier = files.get(field) ?? [];
    const limit = Object.hasOwn(limits, field) ? limits[field] : undefined;
    if (limit === undefined || earlier.length === limit.maxFiles) {
      stream.resume();
      refuse(unexpectedFile(field, limits));
      return;
    }
    const path = join(folder, String(writing.length));
    files.set(field, [...earlier, path]);
    const written = pipeline(stream, upTo(limit.maxBytes, field), createWriteStream(path));
    written.catch(refuse);
    writing.push(written);
  });

  try {
    if (request.body === null) throw new AppError('invalid-input', 'The body is empty.');
    const body = Readable.fromWeb(request.body as ReadableStream<Uint8Array>);
    await pipeline(body, parser, { signal: reading.signal });
  } catch (error) {
    await Promise.allSettled(writing);
    throw reading.signal.aborted ? reading.signal.reason : malformed(error);
  }
  await Promise.all(writing);
  return { fields, files };
}

function openParser(request: Request): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, headerPairs: 20 },
    });
  } catch (error) {
    throw malformed(error);
  }
}

function upTo(maxBytes: number, field: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else
        done(
          new AppError('payload-too-large', `A file in the field "${field}" has at most ${maxBytes} bytes.`),
        );
    },
  });
}

function unexpectedFile(field: string, limits: FormLimits): AppError {
  const accepted = Object.entries(limits).map(([name, { maxFiles }]) => `${maxFiles} in "${name}"`);
  return new AppError(
    'invalid-input',
    `The form has a file too many in the field ${JSON.stringify(field)}.`,
    { hint: `At most these files go: ${accepted.join(', ')}.` },
  );
}

function malformed(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('invalid-input', `The body is no whole multipart/form-data: ${reason}.`, { cause });
}
