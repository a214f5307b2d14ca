import type { Ledger } from './ledger.js';
import { search, settle } from './operations.js';

/** Long enough for a machine with much else to do. */
const SETTLE_MS = 120_000;
const PAUSE_MS = 20;

interface ListedVideo {
  id: string;
  title: string;
  status: string;
}

/** Holds a service that has just started against what earlier ones acknowledged. @returns what is wrong, a line each. */
export async function checkService(url: string, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = [];
  await settleAll(url, ledger).catch((error: Error) => wrong.push(error.message));
  const videos = await listVideos(url);
  const byTitle = new Map(videos.map((video) => [video.title, video]));
  for (const { title, status } of videos) {
    if (status === 'processing') wrong.push(`${title} is processing, and no job works on it`);
  }
  for (const entry of ledger.entries) {
    const video = byTitle.get(entry.title);
    if (entry.state === 'sent' && video !== undefined) {
      // It was stored, though nobody lived to say so.
      entry.videoId = video.id;
      entry.state = video.status === 'ready' ? 'ready' : entry.state;
      if (video.status === 'failed') wrong.push(`${entry.title} is failed`);
    } else if (entry.state === 'deleting') {
      entry.state = video === undefined ? 'deleted' : 'ready';
    }
    if (entry.state === 'ready' && video?.status !== 'ready') {
      wrong.push(`${entry.title} was ready and is ${video?.status ?? 'lost'}`);
    }
    if (entry.state === 'deleted' && video !== undefined)
      wrong.push(`${entry.title} was deleted and is back`);
  }
  for (const colour of ['red', 'green', 'blue']) {
    const wanted = ledger.in('ready').filter((entry) => entry.shows === colour);
    const deleted = new Set(ledger.in('deleted').map(({ videoId }) => videoId));
    for (const exact of [true, false]) {
      const found = await search(url, colour, exact);
      for (const id of found) if (deleted.has(id)) wrong.push(`search finds ${id}, which was deleted`);
      for (const { title, videoId } of wanted) {
        if (!found.includes(videoId!)) wrong.push(`search for ${colour} (exact: ${exact}) misses ${title}`);
      }
    }
  }
  return wrong;
}

/** Until every job has ended. */
async function settleAll(url: string, ledger: Ledger): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  while (ledger.in('accepted').length > 0 || (await anyJobUnended(url))) {
    if (Date.now() > deadline) {
      const titles = ledger.in('accepted').map(({ title }) => title);
      throw new Error(`jobs have not ended after ${SETTLE_MS} ms; not ready: ${titles.join(', ')}`);
    }
    for (const entry of ledger.in('accepted')) await settle(url, entry);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function anyJobUnended(url: string): Promise<boolean> {
  for (const state of ['queued', 'running']) {
    const response = await fetch(`${url}/v1/jobs?limit=1&state=${state}`);
    if (response.status !== 200) throw new Error(`GET /v1/jobs: ${response.status}`);
    if (((await response.json()) as { jobs: unknown[] }).jobs.length > 0) return true;
  }
  return false;
}

async function listVideos(url: string): Promise<ListedVideo[]> {
  const response = await fetch(`${url}/v1/videos?limit=500`);
  if (response.status !== 200) throw new Error(`GET /v1/videos: ${response.status}`);
  return ((await response.json()) as { videos: ListedVideo[] }).videos;
}
