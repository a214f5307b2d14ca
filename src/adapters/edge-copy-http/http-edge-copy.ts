import { z } from 'zod';
import type { StoredApiKey } from '../../ports/api-keys.js';
import type {
  EdgeCopy,
  EdgeFacts,
  EdgeFileKind,
  EdgePush,
  EdgeWrite,
  FilePart,
  HeldLibrary,
  HeldPage,
  HeldVideo,
} from '../../ports/edge-copy.js';
import type { Embedding } from '../../ports/encoders.js';
import type { EdgeRequest, EdgeRequests } from './edge-requests.js';

/** What JSON leaves out. */
const perhaps = z.string().optional();
const heldLibrary = z.object({
  videos: z.number(),
  clips: z.number(),
  isTidy: z.boolean(),
  modelFingerprint: perhaps,
  factsChecksum: perhaps,
});
const heldVideo = z.object({
  id: z.string(),
  checksum: perhaps,
  pictureKey: perhaps,
  clipsChecksum: perhaps,
});
const heldVideos = z.object({ items: z.array(heldVideo), next: perhaps });
const heldFiles = z.object({ items: z.array(z.string()), next: perhaps });
const begun = z.object({ number: z.number(), modelFingerprint: z.string() });
const partsThere = z.object({ parts: z.array(z.object({ part: z.number(), sha256: z.string() })) });
const tidied = z.object({ more: z.boolean() });

/** A copy behind a Worker, as who publishes a library reaches it: the other end is `createPublishApp`. */
export class HttpEdgeCopy implements EdgeCopy {
  readonly #worker: EdgeRequests;

  constructor(worker: EdgeRequests) {
    this.#worker = worker;
  }

  held(): Promise<HeldLibrary> {
    return this.#worker.ask({ method: 'GET', path: '' }, heldLibrary);
  }

  heldVideos(modelFingerprint: string, after?: string): Promise<HeldPage<HeldVideo>> {
    const query = { model: modelFingerprint, after };
    return this.#worker.ask({ method: 'GET', path: '/videos', query }, heldVideos);
  }

  heldFiles(kind: EdgeFileKind, after?: string): Promise<HeldPage<string>> {
    return this.#worker.ask({ method: 'GET', path: '/files', query: { kind, after } }, heldFiles);
  }

  begin(modelFingerprint: string): Promise<EdgePush> {
    return this.#worker.ask({ method: 'POST', path: '/pushes', body: { modelFingerprint } }, begun);
  }

  async write(push: EdgePush, { parts, publications }: EdgeWrite): Promise<void> {
    const written = parts.map(({ clips, ...part }) => ({
      ...part,
      clips: clips.map(({ vector, ...clip }) => ({ ...clip, vector: base64(vector) })),
    }));
    await this.#tell(push, { method: 'POST', path: '/videos', body: { parts: written, publications } });
  }

  async removeVideos(push: EdgePush, videoIds: readonly string[]): Promise<void> {
    await this.#tell(push, { method: 'POST', path: '/videos/remove', body: { ids: videoIds } });
  }

  async putFacts(push: EdgePush, facts: EdgeFacts): Promise<void> {
    const body = { ...facts, captionVectors: facts.captionVectors.map(base64) };
    await this.#tell(push, { method: 'PUT', path: '/facts', body });
  }

  async putFile(push: EdgePush, contentHash: string, bytes: Uint8Array): Promise<void> {
    await this.#tell(push, { method: 'PUT', path: `/media/${contentHash}`, body: bytes });
  }

  async beginFile(push: EdgePush, contentHash: string): Promise<FilePart[]> {
    const request = { method: 'POST', path: `/media/${contentHash}/parts`, query: queryOf(push) } as const;
    return (await this.#worker.ask(request, partsThere)).parts;
  }

  async putFilePart(
    push: EdgePush,
    contentHash: string,
    { part, sha256 }: FilePart,
    bytes: Uint8Array,
  ): Promise<void> {
    const path = `/media/${contentHash}/parts/${part}`;
    await this.#tell(push, { method: 'PUT', path, query: { sha256 }, body: bytes });
  }

  async completeFile(push: EdgePush, contentHash: string, parts: number): Promise<void> {
    await this.#tell(push, { method: 'POST', path: `/media/${contentHash}/complete`, body: { parts } });
  }

  async abandonFile(push: EdgePush, contentHash: string): Promise<void> {
    await this.#tell(push, { method: 'DELETE', path: `/media/${contentHash}/parts` });
  }

  async putPictures(push: EdgePush, key: string, bytes: Uint8Array, sha256: string): Promise<void> {
    const path = `/pictures/${key.split('/').slice(1).join('/')}`;
    await this.#tell(push, { method: 'PUT', path, query: { sha256 }, body: bytes });
  }

  async removeFiles(push: EdgePush, keys: readonly string[]): Promise<void> {
    await this.#tell(push, { method: 'POST', path: '/files/remove', body: { keys } });
  }

  async putKeys(push: EdgePush, keys: readonly StoredApiKey[]): Promise<void> {
    const body = {
      keys: keys.map(({ lastUsedAtMs: _, secretHash, ...key }) => ({
        ...key,
        secretHash: Buffer.from(secretHash).toString('base64'),
      })),
    };
    await this.#tell(push, { method: 'PUT', path: '/keys', body });
  }

  async tidy(push: EdgePush): Promise<boolean> {
    const request = { method: 'POST', path: '/tidy', query: queryOf(push) } as const;
    return (await this.#worker.ask(request, tidied)).more;
  }

  #tell(push: EdgePush, request: EdgeRequest): Promise<void> {
    return this.#worker.tell({ ...request, query: { ...queryOf(push), ...request.query } });
  }
}

function queryOf({ number, modelFingerprint }: EdgePush) {
  return { push: number, model: modelFingerprint };
}

/** float32, little endian on every machine. */
function base64(vector: Embedding): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, axis) => {
    view.setFloat32(axis * 4, value, true);
  });
  return Buffer.from(view.buffer).toString('base64');
}
