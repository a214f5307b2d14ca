import type { Entry, Ledger } from './ledger.js';
import type { Activity } from './traces.js';

const COLOURS = ['red', 'green', 'blue'];
/** Enough to delete from, few enough to look through after every kill. */
const VIDEOS_KEPT = 30;
const BACKUP_POLL_MS = 10;
let uploads = 0;

/**
 * One thing a client does, drawn at random. What was answered goes into the ledger; a cut connection answers nothing.
 * @param underWay has what is being done for as long as it is
 */
export async function doSomething(
  url: string,
  ledger: Ledger,
  random: () => number,
  underWay: Activity[],
): Promise<void> {
  const draw = random();
  const ready = ledger.in('ready');
  const during = async (activity: Activity, work: Promise<unknown>) => {
    underWay.push(activity);
    await work.finally(() => underWay.splice(underWay.indexOf(activity), 1));
  };
  if (draw < 0.4 || ready.length === 0) return during('ingest', uploadAny(url, ledger, random));
  if (draw < 0.55 || ready.length > VIDEOS_KEPT) return during('delete', remove(url, pick(ready, random)));
  if (draw < 0.6) return during('backup', backUp(url));
  if (draw < 0.8) return follow(url, ledger, random);
  await during('search', search(url, pick(COLOURS, random), random() < 0.5));
}

function uploadAny(url: string, ledger: Ledger, random: () => number): Promise<void> {
  return upload(url, ledger.add(`video-${process.pid}-${uploads++}`, pick(COLOURS, random)));
}

/** Uploads what an entry tells of. */
export async function upload(url: string, entry: Entry): Promise<void> {
  const { title, shows } = entry;
  // The note makes every file's content its own.
  const script = { framesPerSecond: 4, scenes: [[shows, 2]], note: title };
  const form = new FormData();
  form.append('title', title);
  form.append('file', new Blob([JSON.stringify(script)]), `${title}.mp4`);
  const response = await fetch(`${url}/v1/videos`, { method: 'POST', body: form });
  if (response.status !== 202)
    throw new Error(`POST /v1/videos: ${response.status} ${await response.text()}`);
  const { video, job } = (await response.json()) as { video: { id: string } | null; job: { id: string } };
  entry.videoId = video?.id;
  entry.jobId = job.id;
  entry.state = 'accepted';
}

async function remove(url: string, entry: Entry): Promise<void> {
  entry.state = 'deleting';
  const response = await fetch(`${url}/v1/videos/${entry.videoId}`, { method: 'DELETE' });
  if (response.status !== 204) throw new Error(`DELETE: ${response.status} ${await response.text()}`);
  entry.state = 'deleted';
}

/** Until the backup is made; one at a time is. */
async function backUp(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/backups`, { method: 'POST' });
  if (response.status === 409) return;
  if (response.status !== 202)
    throw new Error(`POST /v1/backups: ${response.status} ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  for (;;) {
    const job = (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as { state: string };
    if (job.state === 'succeeded') return;
    if (job.state !== 'queued' && job.state !== 'running') {
      throw new Error(`the backup is ${job.state}: ${JSON.stringify(job)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, BACKUP_POLL_MS));
  }
}

/** Asks how the job of a video that was accepted is getting on. */
async function follow(url: string, ledger: Ledger, random: () => number): Promise<void> {
  const accepted = ledger.in('accepted');
  if (accepted.length === 0) return;
  await settle(url, pick(accepted, random));
}

/** @throws when the job is lost, or ended otherwise than it must. */
export async function settle(url: string, entry: Entry): Promise<void> {
  const response = await fetch(`${url}/v1/jobs/${entry.jobId}`);
  if (response.status !== 200) throw new Error(`the job of ${entry.title} is lost: ${response.status}`);
  const job = (await response.json()) as { state: string; videoId: string | null };
  entry.videoId = job.videoId ?? entry.videoId;
  if (job.state === 'succeeded') entry.state = 'ready';
  else if (job.state !== 'queued' && job.state !== 'running') {
    throw new Error(`the job of ${entry.title} is ${job.state}: ${JSON.stringify(job)}`);
  }
}

/** Ids of the videos that fit a colour. */
export async function search(url: string, colour: string, exact: boolean): Promise<string[]> {
  const response = await fetch(`${url}/v1/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: colour, limit: 100, groupBy: 'video', exact }),
  });
  if (response.status !== 200) throw new Error(`search: ${response.status} ${await response.text()}`);
  const { results } = (await response.json()) as { results: { videoId: string }[] };
  return results.map(({ videoId }) => videoId);
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!;
}
