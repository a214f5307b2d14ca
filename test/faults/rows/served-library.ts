import { Agent, FormData, fetch, type Response } from 'undici';
import { onTestFinished } from 'vitest';
import { buildService } from '../../crash/build-service.js';
import { DrivenService } from '../../crash/driven-service.js';

/** A connection for each request: who refuses an upload closes that on which the rest of it comes. */
const dispatcher = new Agent({ pipelining: 0 });

/** The service of the crash tests on a data folder, killed when the test is over. */
export async function servedLibrary(
  folders: readonly [string, string],
  before: readonly string[] = [],
): Promise<DrivenService> {
  const service = await DrivenService.start(await buildService(), folders, before);
  onTestFinished(() => service.kill());
  return service;
}

/** Uploads a video of one colour; its content is as long as `bytes` and its own. */
export async function uploadColour(url: string, colour: string, bytes = 0): Promise<Response> {
  const note = `${Math.random()}`.padEnd(bytes, ' ');
  const script = { framesPerSecond: 4, scenes: [[colour, 2]], note };
  const form = new FormData();
  form.append('file', new Blob([JSON.stringify(script)]), 'film.mp4');
  return fetch(`${url}/v1/videos`, { method: 'POST', body: form, dispatcher });
}

export async function waitForJob(url: string, answer: Response): Promise<string> {
  const { job } = (await answer.json()) as { job: { id: string } };
  // The stream of its events ends with the job.
  await (await fetch(`${url}/v1/jobs/${job.id}/events`, { dispatcher })).text();
  return ((await (await fetch(`${url}/v1/jobs/${job.id}`, { dispatcher })).json()) as { state: string })
    .state;
}

/** How many moments a search finds. */
export async function found(url: string, query: string): Promise<number> {
  const response = await fetch(`${url}/v1/search`, {
    method: 'POST',
    dispatcher,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, limit: 50 }),
  });
  if (response.status !== 200)
    throw new Error(`POST /v1/search: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { results: unknown[] }).results.length;
}
