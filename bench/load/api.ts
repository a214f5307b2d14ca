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

export async function untilDone(url: string, job: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/v1/jobs/${job}`);
    const { state } = (await response.json()) as { state: string };
    if (!['queued', 'running'].includes(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Uploads a video, deletes it when it is ready, and begins again, until told to stop. @returns how often it was ready. */
export async function ingestAgain(url: string, path: string, signal: AbortSignal): Promise<number> {
  for (let times = 0; ; times++) {
    if (signal.aborted) return times;
    const { job, video } = await upload(url, path);
    await untilDone(url, job.id);
    await fetch(`${url}/v1/videos/${video.id}`, { method: 'DELETE' });
  }
}
