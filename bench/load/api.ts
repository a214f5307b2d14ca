import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

/** The little that the load needs of the API of a server. */
export interface Added {
  job: { id: string };
  video: { id: string };
}

export async function upload(url: string, path: string, title = basename(path)): Promise<Added> {
  const form = new FormData();
  form.set('title', title);
  form.set('file', await openAsBlob(path), basename(path));
  const response = await fetch(`${url}/v1/videos`, { method: 'POST', body: form });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Added;
}

/** @returns how the job ended; undefined when it had not at the signal. */
export async function untilDone(url: string, job: string, signal?: AbortSignal): Promise<string | undefined> {
  while (!signal?.aborted) {
    const response = await fetch(`${url}/v1/jobs/${job}`);
    const { state } = (await response.json()) as { state: string };
    if (!['queued', 'running'].includes(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

/** Uploads a video, deletes it when it is ready, and begins again, until told to stop. @returns how often it was ready. */
export async function ingestAgain(url: string, path: string, signal: AbortSignal): Promise<number> {
  for (let times = 0; ; times++) {
    const { job, video } = await upload(url, path);
    if ((await untilDone(url, job.id, signal)) === undefined) return times;
    await fetch(`${url}/v1/videos/${video.id}`, { method: 'DELETE' });
  }
}
