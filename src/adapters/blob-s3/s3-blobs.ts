import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { assertBlobKey, isBlobKey } from '../../domain/blob-key.js';
import { AppError } from '../../domain/errors.js';
import type { BlobStore, ByteRange, PassingFiles, StoredBlob } from '../../ports/blob-store.js';

/** Parts of an upload; ten thousand of them make the largest blob, 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;
/** Parts of one upload under way, each held in memory. */
const PARTS_AT_ONCE = 2;

export interface S3Location {
  /** Address of the store, as `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: string;
  bucket: string;
  /** Begins the name of every object; empty, or ends in a slash. */
  prefix?: string;
  /** Some stores look at it. */
  region?: string;
  accessKey: string;
  secretKey: string;
}

/** Where files lie while programs read them, or until they are whole. */
type Scratch = Pick<BlobStore, 'withPassingFiles' | 'sweep'>;

/**
 * Blobs as objects of an S3-compatible store, shared by all who work on a library. A store shows an object when it is
 * whole, never before; parts that a killed process left are the store's to expire (a life-cycle rule), since only it
 * knows who else is writing.
 */
export class S3Blobs implements BlobStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #scratch: Scratch;

  /** @throws AppError `invalid-input` for an address that is none. */
  constructor(location: S3Location, scratch: Scratch) {
    const { endpoint, bucket, prefix = '', region = 'us-east-1', accessKey, secretKey } = location;
    assertAddress(endpoint);
    this.#client = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      // A bucket as a host name needs a name server that knows it.
      forcePathStyle: true,
      // Stores other than Amazon's refuse the checksums that are optional.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#scratch = scratch;
  }

  async write(key: string, source: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const object = this.#object(key);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const measured = async function* () {
      for await (const chunk of source) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    };
    const upload = new Upload({
      client: this.#client,
      params: { ...object, Body: Readable.from(measured(), { objectMode: false }) },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    await this.#ask(key, () => upload.done());
    return { sizeBytes, contentHash: hash.digest('hex') };
  }

  async size(key: string): Promise<number | undefined> {
    const object = this.#object(key);
    try {
      const { ContentLength } = await this.#ask(key, () => this.#client.send(new HeadObjectCommand(object)));
      return ContentLength;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    const object = this.#object(key);
    const { Body } = await this.#ask(key, () =>
      this.#client.send(
        new GetObjectCommand({
          ...object,
          ...(range !== undefined && { Range: `bytes=${range.start}-${range.end}` }),
        }),
      ),
    );
    return Body!.transformToWebStream();
  }

  withFile<Result>(key: string, work: (path: string) => Promise<Result>): Promise<Result> {
    return this.#scratch.withPassingFiles(async (files) => work(await files.write(await this.read(key))));
  }

  async delete(key: string): Promise<void> {
    const object = this.#object(key);
    await this.#ask(key, () => this.#client.send(new DeleteObjectCommand(object)));
  }

  async deleteAll(prefix: string): Promise<void> {
    for await (const key of this.list(prefix)) await this.delete(key);
  }

  withPassingFiles<Result>(work: (files: PassingFiles) => Promise<Result>): Promise<Result> {
    return this.#scratch.withPassingFiles(work);
  }

  sweep(): Promise<void> {
    return this.#scratch.sweep();
  }

  async *list(prefix = ''): AsyncGenerator<string> {
    if (prefix !== '') assertBlobKey(prefix.replace(/\/$/, ''));
    const wanted = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, wanted)) {
        for (const { Key = '' } of Contents) {
          const key = Key.slice(this.#prefix.length);
          if (isBlobKey(key)) yield key;
        }
      }
    } catch (error) {
      throw storeError(error, prefix);
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    assertBlobKey(key);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #ask<Answer>(key: string, question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (error) {
      throw storeError(error, key);
    }
  }
}

function storeError(error: unknown, key: string): unknown {
  if (error instanceof S3ServiceException) {
    if (['NoSuchKey', 'NotFound'].includes(error.name)) {
      return new AppError('not-found', `The stored file ${key} is gone.`, {
        cause: error,
        hint: 'Delete the video and upload it again, or restore the bucket.',
      });
    }
    return unavailable(`${error.name}: ${error.message}`, error);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) ? unavailable(code, error) : error;
}

function unavailable(said: string, cause: unknown): AppError {
  return new AppError('storage-unavailable', `The object store does not do what is asked of it (${said}).`, {
    cause,
    hint: 'Are the address, the bucket and the keys right, and does the store run?',
  });
}

function assertAddress(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/') return;
  throw new AppError('invalid-input', `An object store cannot be at ${JSON.stringify(endpoint)}.`, {
    hint: 'Name it like https://s3.eu-central-1.amazonaws.com; the bucket has a setting of its own.',
    details: { actual: endpoint },
  });
}
