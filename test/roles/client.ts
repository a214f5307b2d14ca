import type { Entry, Ledger } from '../crash/ledger.js';
import { copyOf, type Film } from './films.js';
import { type Answer, type Replicas, UnansweredError } from './replicas.js';

/** Enough to delete from, few enough to look through after every kill. */
const VIDEOS_KEPT = 30;
/** A service whose encoders were just killed is not to be buried in work. */
const MOST_UNDER_WAY = 6;
const SEARCH_LIMIT = 1000;
const QUERIES = [
  'a red square',
  'a dog moves to the left',
  'three things',
  'something grows',
  'a yellow sky',
];

/** What clients did, and how it went. */
export interface Tally {
  searches: number;
  searchesRetried: number;
  searchesFailed: number;
  uploads: number;
  uploadsRetried: number;
  /** Uploads that neither replica answered. */
  uploadsUnanswered: number;
  deletes: number;
  /** Jobs that succeeded in a later attempt than the first. */
  takenOver: number;
}

export interface Moment {
  clipId: number;
  videoId: string;
}

export interface Client {
  replicas: Replicas;
  films: readonly Film[];
  ledger: Ledger;
  tally: Tally;
  random: () => number;
}

/**
 * One thing a client does, drawn at random. What was answered goes into the ledger.
 * @throws Error when an answer is one that must not be.
 */
export async function doSomething(client: Client): Promise<void> {
  const { ledger, random } = client;
  const draw = random();
  const ready = ledger.in('ready');
  const underWay = ledger.in('accepted', 'sent').length;
  if (draw < 0.25 && underWay < MOST_UNDER_WAY) return upload(client, addEntry(client));
  if (draw < 0.3 && underWay < MOST_UNDER_WAY) return uploadTwice(client, addEntry(client));
  if (draw < 0.35 && ready.length > 0) return remove(client, pick(ready, random));
  if (ready.length > VIDEOS_KEPT) return remove(client, pick(ready, random));
  const accepted = ledger.in('accepted');
  if (draw < 0.6 && accepted.length > 0) return follow(client, pick(accepted, random));
  await searchAnything(client);
}

let uploads = 0;

export function addEntry({ films, ledger, random }: Client): Entry {
  return ledger.add(`film-${process.pid}-${uploads++}`, pick(films, random).name);
}

/** Who is not answered asks again under the same idempotency key, elsewhere. */
export async function upload(client: Client, entry: Entry): Promise<void> {
  const { tally } = client;
  tally.uploads++;
  const answer = await send(client, entry).catch((error: unknown) => {
    if (error instanceof UnansweredError) return undefined;
    throw error;
  });
  if (answer === undefined) {
    tally.uploadsUnanswered++;
    return;
  }
  if (answer.isRetried) tally.uploadsRetried++;
  accept(entry, answer);
}

/** The same content twice at once, which is one video. */
async function uploadTwice(client: Client, entry: Entry): Promise<void> {
  // Nobody may delete what the one made before the other is answered: that would make a second video, and rightly.
  const twins: Entry[] = [{ ...entry }, { ...entry }];
  await Promise.all(twins.map((twin) => upload(client, twin)));
  const accepted = twins.filter(({ state }) => state === 'accepted');
  const ids = accepted.map(({ videoId }) => videoId);
  if (new Set(ids).size > 1)
    throw new Error(`${entry.title} was sent twice at once, and is ${ids.join(' and ')}`);
  Object.assign(entry, accepted[0]);
}

function send({ replicas, films }: Client, { title, shows }: Entry): Promise<Answer> {
  const film = films.find(({ name }) => name === shows)!;
  const form = new FormData();
  form.append('title', title);
  form.append('file', copyOf(film, title), `${title}.mp4`);
  const headers = { 'idempotency-key': title };
  return replicas.ask('/v1/videos', { method: 'POST', body: form, headers });
}

function accept(entry: Entry, { status, body }: Answer): void {
  // 200: it was ready before the answer to the second try was written.
  if (status !== 202 && status !== 200) throw wrong(`upload of ${entry.title}`, { status, body });
  const { video, job } = body as { video: { id: string } | null; job: { id: string } | null };
  entry.videoId = video?.id;
  entry.jobId = job?.id;
  entry.state = 'accepted';
}

export async function remove({ replicas, tally }: Client, entry: Entry): Promise<void> {
  entry.state = 'deleting';
  const answer = await replicas.ask(`/v1/videos/${entry.videoId}`, { method: 'DELETE' }).catch(unanswered);
  if (answer === undefined) return;
  // The first try may have done it, without living to say so.
  const isDone = answer.status === 204 || (answer.status === 404 && answer.isRetried);
  if (!isDone) throw wrong(`delete of ${entry.title}`, answer);
  entry.state = 'deleted';
  tally.deletes++;
}

/** Asks how the job of a video that was accepted is getting on. */
export async function follow({ replicas, tally }: Client, entry: Entry): Promise<void> {
  const answer = await replicas.ask(`/v1/jobs/${entry.jobId}`).catch(unanswered);
  // Another client may have seen it end meanwhile, and deleted the video.
  if (answer === undefined || entry.state !== 'accepted') return;
  if (answer.status !== 200) throw wrong(`the job of ${entry.title}`, answer);
  const job = answer.body as { state: string; attempts: number };
  if (job.state === 'succeeded') {
    entry.state = 'ready';
    if (job.attempts > 1) tally.takenOver++;
  } else if (job.state !== 'queued' && job.state !== 'running') {
    throw wrong(`the job of ${entry.title} is ${job.state}`, answer);
  }
}

/** Holds what is found against what was known before the question, and still is after the answer. */
async function searchAnything(client: Client): Promise<void> {
  const { ledger, tally, random } = client;
  const isExact = random() < 0.5;
  const [ready, deleted] = [ledger.in('ready'), ledger.in('deleted')];
  tally.searches++;
  let found: Moment[];
  try {
    const { moments, isRetried } = await search(client.replicas, pick(QUERIES, random), isExact);
    if (isRetried) tally.searchesRetried++;
    found = moments;
  } catch (error) {
    tally.searchesFailed++;
    throw error;
  }
  const videos = new Set(found.map(({ videoId }) => videoId));
  if (new Set(found.map(({ clipId }) => clipId)).size < found.length)
    throw new Error('a clip is found twice');
  const back = deleted.find(({ videoId }) => videos.has(videoId!));
  if (back !== undefined) throw new Error(`${back.title} was deleted and is found`);
  const missed = ready.find(({ videoId, state }) => state === 'ready' && !videos.has(videoId!));
  if (isExact && missed !== undefined) throw new Error(`${missed.title} is ready and is not found`);
}

/** @throws Error when the second try fails, too, or the answer is none. */
export async function search(
  replicas: Replicas,
  query: string,
  exact: boolean,
): Promise<{ moments: Moment[]; isRetried: boolean }> {
  const answer = await replicas
    .ask('/v1/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, exact, limit: SEARCH_LIMIT }),
    })
    .catch((error: Error) => {
      throw new Error(`a search failed twice: ${error.message}`);
    });
  if (answer.status !== 200) throw wrong('search', answer);
  return { moments: (answer.body as { results: Moment[] }).results, isRetried: answer.isRetried };
}

function unanswered(error: unknown): undefined {
  if (!(error instanceof UnansweredError)) throw error;
}

function wrong(what: string, { status, body }: Omit<Answer, 'isRetried'>): Error {
  return new Error(`${what}: ${status} ${JSON.stringify(body)}`);
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!;
}
