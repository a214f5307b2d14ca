import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface FileDigest {
  sizeBytes: number;
  /** Hex SHA-256, the ETag of files the hub keeps in LFS. */
  sha256: string;
  /** Hex SHA-1 of the file as a git blob, the ETag of files it keeps in git. */
  gitBlob: string;
}

export async function digestFile(path: string, signal?: AbortSignal): Promise<FileDigest> {
  const { size } = await stat(path);
  const sha256 = createHash('sha256');
  const gitBlob = createHash('sha1').update(`blob ${size}\0`);
  for await (const piece of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) {
    sha256.update(piece);
    gitBlob.update(piece);
  }
  return { sizeBytes: size, sha256: sha256.digest('hex'), gitBlob: gitBlob.digest('hex') };
}

/** Whether an ETag of the hub is a hash of the content that we can check, and which. */
export function hashOfEtag(etag: string | undefined): 'sha256' | 'gitBlob' | undefined {
  if (etag === undefined) return undefined;
  if (/^[0-9a-f]{64}$/.test(etag)) return 'sha256';
  return /^[0-9a-f]{40}$/.test(etag) ? 'gitBlob' : undefined;
}
