import type { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';
import { auditLibrary, type ClipRow, type LibraryAudit } from './audit-library.js';
import { type Client, follow, search } from './client.js';
import { Replicas } from './replicas.js';

/** A job whose owner was killed is taken over after 30 seconds; then it is done, on a machine with much else to do. */
const SETTLE_MS = 240_000;
const PAUSE_MS = 200;

/** The clips that a film has, as they were made when nothing was killed. */
export type FilmClips = Omit<ClipRow, 'id' | 'title'>[];

export interface CheckedLibrary {
  dataFolder: string;
  database: PostgresDatabase;
  /** By name of the film. */
  expected: ReadonlyMap<string, FilmClips>;
}

export interface Check {
  /** A line each. */
  wrong: string[];
  videos: number;
  clips: number;
  strayFiles: number;
}

interface ListedVideo {
  id: string;
  title: string;
  status: string;
}

/**
 * Holds the service and its library against what it acknowledged, when nobody asks it for anything any more.
 * @param urls of the replicas that live; each is asked for itself.
 */
export async function checkLibrary(
  client: Client,
  { dataFolder, database, expected }: CheckedLibrary,
  urls: readonly string[],
): Promise<Check> {
  const { ledger } = client;
  const wrong: string[] = [];
  await settleAll({ ...client, replicas: new Replicas(urls) }).catch((error: Error) =>
    wrong.push(error.message),
  );
  const audit = await auditLibrary(database, dataFolder);
  wrong.push(...audit.wrong);
  for (const url of urls) {
    const replica = new Replicas([url]);
    const videos = await listVideos(replica);
    wrong.push(...judgeVideos(client, videos).map((line) => `${url}: ${line}`));
    const found = await search(replica, 'a dog', true);
    const [ids, wanted] = [found.moments.map(({ clipId }) => clipId), audit.clips.map(({ id }) => id)];
    if (JSON.stringify(ids.sort(ascending)) !== JSON.stringify(wanted.sort(ascending))) {
      wrong.push(`${url}: exact search finds ${ids.length} clips, and there are ${wanted.length}`);
    }
  }
  const ready = ledger.in('ready');
  for (const { title, shows } of ready) {
    const clips = clipsOf(audit, title);
    if (JSON.stringify(clips) !== JSON.stringify(expected.get(shows))) {
      wrong.push(`${title} has ${clips.length} clips that are not those of its film`);
    }
  }
  const more = new Set(audit.clips.map(({ title }) => title)).size - ready.length;
  if (more > 0) wrong.push(`${more} videos that nobody is to have`);
  return { wrong, videos: ready.length, clips: audit.clips.length, strayFiles: audit.strayFiles };
}

/** As they are compared with those of a film. */
export function clipsOf({ clips }: LibraryAudit, wanted: string): FilmClips {
  return clips.filter(({ title }) => title === wanted).map(({ id: _, title: __, ...clip }) => clip);
}

/** Until every job has ended. */
async function settleAll(client: Client): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  while (client.ledger.in('accepted').length > 0 || (await anyJobUnended(client.replicas))) {
    if (Date.now() > deadline) {
      const titles = client.ledger.in('accepted').map(({ title }) => title);
      throw new Error(`jobs have not ended after ${SETTLE_MS} ms; not ready: ${titles.join(', ')}`);
    }
    for (const entry of client.ledger.in('accepted')) await follow(client, entry);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** What was not answered becomes what it was found to be. @returns what contradicts an answer. */
function judgeVideos({ ledger }: Client, videos: readonly ListedVideo[]): string[] {
  const wrong: string[] = [];
  const byTitle = new Map(videos.map((video) => [video.title, video]));
  if (byTitle.size < videos.length) wrong.push('a video is there twice');
  for (const entry of ledger.entries) {
    const video = byTitle.get(entry.title);
    if (entry.state === 'sent') {
      entry.videoId = video?.id;
      entry.state = video === undefined ? 'deleted' : 'ready';
    }
    if (entry.state === 'deleting') entry.state = video === undefined ? 'deleted' : 'ready';
    if (entry.state === 'ready' && (video?.status !== 'ready' || video.id !== entry.videoId)) {
      wrong.push(`${entry.title} was ready and is ${video?.status ?? 'lost'}`);
    }
    if (entry.state === 'deleted' && video !== undefined) {
      wrong.push(`${entry.title} was deleted and is back`);
    }
  }
  return wrong;
}

async function anyJobUnended(replicas: Replicas): Promise<boolean> {
  for (const state of ['queued', 'running']) {
    const { body } = await replicas.ask(`/v1/jobs?limit=1&state=${state}`);
    if ((body as { jobs: unknown[] }).jobs.length > 0) return true;
  }
  return false;
}

async function listVideos(replicas: Replicas): Promise<ListedVideo[]> {
  const { body } = await replicas.ask('/v1/videos?limit=500');
  return (body as { videos: ListedVideo[] }).videos;
}

const ascending = (left: number, right: number) => left - right;
