import { existsSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../domain/errors.js';
import type { DownloadedFile, DownloadOptions, HubFile, ModelHub } from '../../ports/model-hub.js';
import { digestFile, hashOfEtag } from './file-digest.js';
import { connectionError, requestFromHub, TransientFailure } from './hub-request.js';
import { PartialFile } from './partial-file.js';
import { type HubAddress, lookUpFile, type RemoteFile } from './remote-file.js';

/** Attempts in a row that bring nothing; one that brings bytes begins the count anew. */
const MAX_FRUITLESS_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export interface HttpModelHubOptions extends HubAddress {
  /** Waits; tests give one that does not. */
  pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * A hub that speaks the Hugging Face protocol: `/OWNER/NAME/resolve/REVISION/PATH`, redirected to a CDN for large files,
 * with size and hash in `X-Linked-Size` and `X-Linked-ETag`.
 */
export class HttpModelHub implements ModelHub {
  readonly #address: HubAddress;
  readonly #pause: NonNullable<HttpModelHubOptions['pause']>;

  constructor({ endpoint, token, pause = pauseFor }: HttpModelHubOptions) {
    this.#address = { endpoint, token };
    this.#pause = pause;
  }

  async download(file: HubFile, target: string, options: DownloadOptions = {}): Promise<DownloadedFile> {
    const { signal } = options;
    try {
      await mkdir(dirname(target), { recursive: true });
      const remote = await this.#persistently(
        () => lookUpFile(file, this.#address, signal),
        () => 0,
        signal,
      );
      assertAnnounced(file, remote);
      const present = await presentFile(file, remote, target, signal);
      if (present !== undefined) return present;
      const partial = await PartialFile.open(target, remote.etag);
      await assertRoom(target, remote, partial.length);
      const isResumed = partial.length > 0;
      let complaint = await this.#fetchAndCheck(file, remote, partial, options);
      // A beginning of long ago may have been spoilt on the disk; what arrived in one go has no such excuse.
      if (complaint instanceof AppError && isResumed)
        complaint = await this.#fetchAndCheck(file, remote, partial, options);
      if (complaint instanceof AppError) throw complaint;
      await partial.complete();
      return { ...complaint, commit: remote.commit };
    } catch (error) {
      throw storageError(error, target);
    }
  }

  /** @returns the error instead of throwing it when the content is wrong; nothing is left on the disk then. */
  async #fetchAndCheck(
    file: HubFile,
    remote: RemoteFile,
    partial: PartialFile,
    options: DownloadOptions,
  ): Promise<{ sizeBytes: number; sha256: string } | AppError> {
    await this.#persistently(
      () => fetchRest(remote, partial, this.#address, options),
      () => partial.length,
      options.signal,
    );
    const digest = await digestFile(partial.path, options.signal);
    const complaint = checkContent(file, remote, digest);
    if (complaint === undefined) return { sizeBytes: digest.sizeBytes, sha256: digest.sha256 };
    await partial.discard();
    return complaint;
  }

  /** Tries again after failures that may pass, waiting longer each time, and as long as the server asks for. */
  async #persistently<Result>(
    attempt: () => Promise<Result>,
    bytesSoFar: () => number,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    for (let fruitless = 1; ; fruitless++) {
      const before = bytesSoFar();
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof TransientFailure)) throw error;
        if (bytesSoFar() > before) fruitless = 1;
        if (fruitless >= MAX_FRUITLESS_ATTEMPTS) {
          throw new AppError('download-failed', `${error.message}, and so ${fruitless} times in a row.`, {
            cause: error,
            hint: 'What has arrived is kept: give the same command again to go on.',
          });
        }
        await this.#pause(error.waitMs ?? pauseMs(fruitless), signal);
      }
    }
  }
}

/** Doubles, and is drawn from its upper half, so that many who failed together do not come back together. */
function pauseMs(fruitless: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (fruitless - 1));
  return longest * (0.5 + Math.random() / 2);
}

async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new AppError('cancelled', 'The download was cancelled.', { cause });
  }
}

/** The file under its name, if an earlier download brought it and its content can be checked against the hub's hash. */
async function presentFile(
  file: HubFile,
  remote: RemoteFile,
  target: string,
  signal: AbortSignal | undefined,
): Promise<DownloadedFile | undefined> {
  if (hashOfEtag(remote.etag) === undefined || !existsSync(target)) return undefined;
  const digest = await digestFile(target, signal);
  if (checkContent(file, remote, digest) !== undefined) return undefined;
  return { sizeBytes: digest.sizeBytes, sha256: digest.sha256, commit: remote.commit };
}

/** Asks for what is missing and appends it. @throws TransientFailure when the connection breaks. */
async function fetchRest(
  { url, etag, sizeBytes }: RemoteFile,
  partial: PartialFile,
  { token }: HubAddress,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  if (sizeBytes !== undefined && partial.length > sizeBytes) await partial.discard();
  onProgress?.({ receivedBytes: partial.length, totalBytes: sizeBytes });
  if (partial.length > 0 && partial.length === sizeBytes) return;
  const resume: Record<string, string> =
    partial.length > 0
      ? {
          range: `bytes=${partial.length}-`,
          ...(partial.sender === undefined ? {} : { 'if-range': partial.sender }),
        }
      : {};
  const answer = await requestFromHub({ method: 'GET', url, headers: resume, token, signal });
  if (answer.status === 416) {
    await answer.body.dump();
    await partial.discard();
    throw new TransientFailure(`${url.host} has no more of the file than is here already`, 0);
  }
  if (answer.status !== 206 || rangeStart(answer.headers) !== partial.length) {
    // Everything, because the server knows no ranges or its copy has changed. (A range that was not asked for is neither.)
    if (answer.status === 206) {
      await answer.body.dump();
      await partial.discard();
      throw new TransientFailure(`${url.host} sent another part of the file than was asked for`, 0);
    }
    await partial.begin(etag, strongEtag(answer.headers));
  }
  try {
    await partial.append(answer.body, (receivedBytes) =>
      onProgress?.({ receivedBytes, totalBytes: sizeBytes }),
    );
  } catch (error) {
    throw isFileError(error) ? error : connectionError(error, url, signal);
  }
  if (sizeBytes !== undefined && partial.length < sizeBytes) {
    throw new TransientFailure(`${url.host} ended after ${partial.length} of ${sizeBytes} bytes`);
  }
}

function rangeStart(headers: Headers): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

/** Only a strong one proves that two copies are the same, byte for byte (RFC 9110, 13.1.5). */
function strongEtag(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag?.startsWith('"') ? etag : undefined;
}

/** Before anything is fetched: is it the file that is known? */
function assertAnnounced({ sha256, repository, path }: HubFile, { etag }: RemoteFile): void {
  if (sha256 === undefined || hashOfEtag(etag) !== 'sha256' || etag === sha256) return;
  throw new AppError('corrupt-data', `The hub has another file now under ${repository}/${path}.`, {
    hint: 'Nothing was downloaded. If the change is meant to be, remove the pin of the model and pull it again.',
    details: { expected: sha256, found: etag },
  });
}

function checkContent(
  { sha256, repository, path }: HubFile,
  { etag, sizeBytes }: RemoteFile,
  digest: Awaited<ReturnType<typeof digestFile>>,
): AppError | undefined {
  const kind = hashOfEtag(etag);
  const wrong =
    (sizeBytes !== undefined && digest.sizeBytes !== sizeBytes) ||
    (sha256 !== undefined && digest.sha256 !== sha256) ||
    (kind !== undefined && digest[kind] !== etag);
  if (!wrong) return undefined;
  return new AppError('corrupt-data', `What arrived of ${repository}/${path} does not match its checksum.`, {
    hint: 'It was removed. Try again; if it happens again, something between here and the hub changes files.',
    details: {
      expected: sha256 ?? etag,
      found: kind === 'gitBlob' && sha256 === undefined ? digest.gitBlob : digest.sha256,
    },
  });
}

/** @throws AppError `out-of-storage` before the first byte instead of after the last that fits. */
async function assertRoom(target: string, { sizeBytes }: RemoteFile, present: number): Promise<void> {
  if (sizeBytes === undefined) return;
  const { bavail, bsize } = await statfs(dirname(target));
  const [needed, free] = [sizeBytes - present, bavail * bsize];
  if (needed <= free) return;
  throw new AppError(
    'out-of-storage',
    `The file needs ${megabytes(needed)} MB; ${megabytes(free)} MB are free there.`,
    {
      hint: 'Free some space, or name another folder.',
      details: { target, neededBytes: needed, freeBytes: free },
    },
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

/** A disk's, not a socket's. */
function isFileError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS'].includes(code);
}

function storageError(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('out-of-storage', `There is no room left for ${target}.`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return new AppError('invalid-input', `${target} cannot be written (${code}).`, { cause: error });
  }
  return error;
}
