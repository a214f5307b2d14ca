import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { newBlobKey, type UploadedFile } from '../../app/videos/accept-upload.js';
import { printableName } from '../../app/videos/ingest-request.js';
import { upTo } from '../../app/videos/up-to.js';
import { AppError, toAppError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';

const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 64 * 1024;
const MAX_NAME_LENGTH = 255;

export interface Upload {
  file: UploadedFile;
  /** Values of the other fields, by name, in their order. */
  fields: Map<string, string[]>;
}

/**
 * Reads a multipart body whose file goes to the blob store as it comes: memory holds one chunk, whatever the size.
 * Nothing is left of an upload that does not end well.
 * @throws AppError `payload-too-large`, `invalid-input` for what is no multipart body with one file, `out-of-storage`.
 */
export async function readUpload(request: Request, blobs: BlobStore, maxBytes: number): Promise<Upload> {
  const reading = new AbortController();
  const refuse = (error: unknown) => reading.abort(toAppError(error));
  const fields = new Map<string, string[]>();
  let writing: Promise<UploadedFile> | undefined;
  let incoming: Readable | undefined;

  const parser = openParser(request);
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    if (isNameCut || isValueCut) refuse(fieldTooLong(name));
    fields.set(name, [...(fields.get(name) ?? []), value]);
  });
  parser.on('fieldsLimit', () => refuse(new AppError('invalid-input', `At most ${MAX_FIELDS} fields go.`)));
  parser.on('file', (field, stream, name) => {
    // A stream without a listener would throw what the parser tells it.
    stream.on('error', () => {});
    if (field !== 'file' || writing !== undefined) {
      stream.resume();
      refuse(
        new AppError('invalid-input', `One file goes, in the field "file"; there is one in "${field}".`),
      );
      return;
    }
    incoming = stream;
    writing = storeFile(stream, name, blobs, maxBytes);
    writing.catch(refuse);
  });

  let failure: AppError | undefined;
  try {
    if (request.body === null) throw new AppError('invalid-input', 'The body is empty.');
    const body = Readable.fromWeb(request.body as ReadableStream<Uint8Array>);
    await pipeline(body, parser, { signal: reading.signal });
  } catch (error) {
    failure = reading.signal.aborted ? toAppError(reading.signal.reason) : malformed(error);
    incoming?.destroy(failure);
  }
  const [written] = await Promise.allSettled([writing]);
  if (written.status === 'rejected') throw failure ?? written.reason;
  const file = written.value;
  if (failure !== undefined || reading.signal.aborted) {
    if (file !== undefined) await blobs.delete(file.blobKey);
    throw failure ?? reading.signal.reason;
  }
  if (file === undefined) throw new AppError('invalid-input', 'There is no file in the field "file".');
  return { file, fields };
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

async function storeFile(
  stream: Readable,
  name: string | undefined,
  blobs: BlobStore,
  maxBytes: number,
): Promise<UploadedFile> {
  const blobKey = newBlobKey();
  const stored = await blobs.write(blobKey, upTo(maxBytes, stream));
  return { ...stored, blobKey, name: printableName(name ?? '').slice(0, MAX_NAME_LENGTH) };
}

function malformed(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('invalid-input', `The body is no whole multipart/form-data: ${reason}.`, { cause });
}

function fieldTooLong(name: string): AppError {
  return new AppError('invalid-input', `The field ${JSON.stringify(name.slice(0, 80))} is too long.`, {
    hint: `A field has at most ${MAX_FIELD_BYTES} bytes.`,
  });
}
