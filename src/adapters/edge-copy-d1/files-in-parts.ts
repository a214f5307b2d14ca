import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { AppError, toAppError } from '../../domain/errors.js';
import { EDGE_FILE_PART_BYTES, edgeMediaKey, type FilePart } from '../../ports/edge-copy.js';
import { plainBytes } from './bytes.js';
import { assertHash } from './put-verified.js';

/** R2's number for an upload that was completed, aborted or given up. */
const NO_SUCH_UPLOAD = '(10024)';

/** Files that come in parts: R2 keeps the parts, D1 which there are, so that a push goes on where another one ended. */
export class FilesInParts {
  readonly #database: D1Database;
  readonly #files: R2Bucket;

  constructor(database: D1Database, files: R2Bucket) {
    this.#database = database;
    this.#files = files;
  }

  async begin(contentHash: string): Promise<FilePart[]> {
    if ((await this.#uploadId(contentHash)) === undefined) {
      const { uploadId } = await this.#files.createMultipartUpload(edgeMediaKey(contentHash));
      await this.#database
        .prepare(
          `insert into edge_uploads (content_hash, upload_id, part_bytes) values (?, ?, ?)
          on conflict (content_hash) do nothing`,
        )
        .bind(contentHash, uploadId, EDGE_FILE_PART_BYTES)
        .run();
    }
    return this.#parts(contentHash);
  }

  async putPart(contentHash: string, { part, sha256 }: FilePart, bytes: Uint8Array): Promise<void> {
    assertHash(bytes, sha256, `Part ${part} of ${contentHash}`);
    const upload = this.#files.resumeMultipartUpload(
      edgeMediaKey(contentHash),
      await this.#knownUpload(contentHash),
    );
    const { etag } = await upload
      .uploadPart(part, plainBytes(bytes))
      .catch((cause: unknown) => this.#failed(contentHash, cause));
    await this.#database
      .prepare(
        `insert into edge_upload_parts (content_hash, part, sha256, etag) values (?, ?, ?, ?)
        on conflict (content_hash, part) do update set sha256 = excluded.sha256, etag = excluded.etag`,
      )
      .bind(contentHash, part, sha256, etag)
      .run();
  }

  async complete(contentHash: string, count: number): Promise<void> {
    const key = edgeMediaKey(contentHash);
    const parts = await this.#parts(contentHash);
    // Done before by a request whose answer was lost.
    if (parts.length === 0 && (await this.#files.head(key)) !== null) return;
    if (parts.length !== count) {
      throw new AppError('conflict', `Of ${count} parts of ${contentHash}, ${parts.length} are there.`, {
        hint: 'Push again.',
      });
    }
    const upload = this.#files.resumeMultipartUpload(key, await this.#knownUpload(contentHash));
    await upload
      .complete(parts.map(({ part, etag }) => ({ partNumber: part, etag })))
      .catch((cause: unknown) => this.#failed(contentHash, cause));
    await this.#forget(contentHash);
  }

  async abandon(contentHash: string): Promise<void> {
    const uploadId = await this.#uploadId(contentHash);
    if (uploadId === undefined) return;
    await this.#forget(contentHash);
    // One that the bucket gave up itself is gone already.
    await this.#files
      .resumeMultipartUpload(edgeMediaKey(contentHash), uploadId)
      .abort()
      .catch(() => {});
  }

  async #parts(contentHash: string): Promise<(FilePart & { etag: string })[]> {
    const { results } = await this.#database
      .prepare('select part, sha256, etag from edge_upload_parts where content_hash = ? order by part')
      .bind(contentHash)
      .all<FilePart & { etag: string }>();
    return results;
  }

  async #uploadId(contentHash: string): Promise<string | undefined> {
    const found = await this.#database
      .prepare('select upload_id from edge_uploads where content_hash = ?')
      .bind(contentHash)
      .first<string>('upload_id');
    return found ?? undefined;
  }

  async #knownUpload(contentHash: string): Promise<string> {
    const uploadId = await this.#uploadId(contentHash);
    if (uploadId !== undefined) return uploadId;
    throw new AppError('conflict', `No parts of ${contentHash} are awaited.`, { hint: 'Push again.' });
  }

  async #forget(contentHash: string): Promise<void> {
    await this.#database.prepare('delete from edge_uploads where content_hash = ?').bind(contentHash).run();
  }

  /** R2 gives up what nobody completes within a week: the file begins anew then. */
  async #failed(contentHash: string, cause: unknown): Promise<never> {
    const { message } = toAppError(cause);
    if (!message.includes(NO_SUCH_UPLOAD)) {
      throw new AppError('storage-unavailable', `The bucket does not take ${contentHash}: ${message}`, {
        cause,
      });
    }
    await this.#forget(contentHash);
    throw new AppError('conflict', `The bucket does not know the parts of ${contentHash} any more.`, {
      cause,
      hint: 'Push again: the file begins anew.',
    });
  }
}
