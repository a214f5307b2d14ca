import { newBlobKey, type UploadedFile } from '../../app/videos/accept-upload.js';
import { printableName } from '../../app/videos/ingest-request.js';
import { tooLarge, upTo } from '../../app/videos/up-to.js';
import { AppError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';
import { type Fields, readMultipart } from '../read-multipart.js';

const LIMITS = { maxFields: 100, maxFieldBytes: 64 * 1024 };
const MAX_NAME_LENGTH = 255;
/** Room for the fields and boundaries around the file. */
const FORM_BYTES = 1024 * 1024;

export interface Upload {
  file: UploadedFile;
  fields: Fields;
}

/**
 * Reads a multipart body whose file goes to the blob store as it comes. Nothing is left of an upload that does not end
 * well.
 * @throws AppError `payload-too-large`, `invalid-input` for what is no multipart body with one file, `out-of-storage`.
 */
export async function readUpload(
  request: Request,
  blobs: BlobStore,
  maxBytes: number,
  newKey: () => string = newBlobKey,
): Promise<Upload> {
  // What will not end well need not begin.
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > maxBytes + FORM_BYTES) throw tooLarge(maxBytes);
  let writing: Promise<UploadedFile> | undefined;
  try {
    const fields = await readMultipart(request, LIMITS, (field, name, content) => {
      if (field !== 'file' || writing !== undefined) {
        throw new AppError(
          'invalid-input',
          `One file goes, in the field "file"; there is one in "${field}".`,
        );
      }
      writing = storeFile(upTo(maxBytes, content), name, blobs, newKey());
      return writing;
    });
    const file = await writing;
    if (file === undefined) throw new AppError('invalid-input', 'There is no file in the field "file".');
    return { file, fields };
  } catch (error) {
    const stored = await writing?.catch(() => undefined);
    if (stored !== undefined) await blobs.delete(stored.blobKey);
    throw error;
  }
}

async function storeFile(
  content: AsyncIterable<Uint8Array>,
  name: string | undefined,
  blobs: BlobStore,
  blobKey: string,
): Promise<UploadedFile> {
  const stored = await blobs.write(blobKey, content);
  return { ...stored, blobKey, name: printableName(name ?? '').slice(0, MAX_NAME_LENGTH) };
}
