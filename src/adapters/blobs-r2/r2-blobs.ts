import type { R2Bucket, R2ObjectBody } from '@cloudflare/workers-types';
import { AppError } from '../../domain/errors.js';
import type { BlobReader, ByteRange } from '../../ports/blob-store.js';

/** Files in a bucket of R2, Cloudflare's object store. */
export class R2Blobs implements BlobReader {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  async size(key: string): Promise<number | undefined> {
    const head = await within(() => this.#bucket.head(key));
    return head?.size;
  }

  async read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    const found = await within(() => this.#bucket.get(key, range && { range: wanted(range) }));
    if (found === null) {
      throw new AppError('not-found', `There is no file ${key} any more.`, {
        hint: 'Publish the library again.',
      });
    }
    return bodyOf(found);
  }
}

function wanted({ start, end }: ByteRange) {
  return { offset: start, length: end - start + 1 };
}

/** Their stream is the platform's own; only its declaration is another. */
function bodyOf({ body }: R2ObjectBody): ReadableStream<Uint8Array> {
  return body as unknown as ReadableStream<Uint8Array>;
}

async function within<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new AppError('storage-unavailable', 'R2 does not answer.', {
      cause,
      hint: 'Try again in a moment.',
    });
  }
}
