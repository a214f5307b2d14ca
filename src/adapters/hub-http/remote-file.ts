import type { HubFile } from '../../ports/model-hub.js';
import { requestFromHub } from './hub-request.js';

/** What the hub says of a file before sending it. */
export interface RemoteFile {
  url: URL;
  /** Changes with the content. */
  etag: string | undefined;
  sizeBytes: number | undefined;
  commit: string | undefined;
}

export interface HubAddress {
  /** Where the hub is, as `https://huggingface.co`. */
  endpoint: URL;
  token: string | undefined;
}

/**
 * Asks for a file's facts. Large files are kept on a CDN: the answer that redirects there tells size and hash of the file in
 * headers of its own, while the CDN's are about its copy.
 */
export async function lookUpFile(
  { repository, revision, path }: HubFile,
  { endpoint, token }: HubAddress,
  signal: AbortSignal | undefined,
): Promise<RemoteFile> {
  const base = endpoint.href.replace(/\/$/, '');
  const segments = [...repository.split('/'), 'resolve', revision, ...path.split('/')].map(
    encodeURIComponent,
  );
  const url = new URL(`${base}/${segments.join('/')}`);
  const { headers } = await requestFromHub({ method: 'HEAD', url, headers: {}, token, signal });
  const told = (name: string): string | undefined => headers.get(name) ?? undefined;
  // A redirect's own length is no fact about the file.
  const size = told('x-linked-size') ?? (headers.has('location') ? undefined : told('content-length'));
  return {
    url,
    etag: unquoted(told('x-linked-etag') ?? told('etag')),
    sizeBytes: size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined,
    commit: told('x-repo-commit'),
  };
}

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replace(/^W\//, '').replaceAll('"', '');
}
