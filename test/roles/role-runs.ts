import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';
import { Ledger } from '../crash/ledger.js';
import { startPostgres } from '../support/installed-postgres.js';
import { auditLibrary } from './audit-library.js';
import { type Check, type CheckedLibrary, checkLibrary, clipsOf, type FilmClips } from './check-library.js';
import { type Client, doSomething, follow, type Tally, upload } from './client.js';
import { makeFilms } from './films.js';
import { Replicas } from './replicas.js';
import { freePorts, RoleProcess } from './role-process.js';

const PROCESSES_A_ROLE = 2;
const CLIENTS = 4;
/** Kills come within so long of the beginning of a round, and clients go on for so long after them. */
const LONGEST_LIFE_MS = 4000;
const LONGEST_AFTERWARDS_MS = 3000;
/** The share of rounds in which what was killed is away until the others have been looked at. */
const ABSENT_SHARE = 0.5;
const DELETED_REMEMBERED = 50;
const POLL_MS = 50;

export interface RolesReport extends Tally {
  /** Processes of each role that were killed. */
  kills: number;
  /** Kills of a replica that came while a video that it or another had accepted was not ready. */
  killsWithWork: number;
  /** At the end. */
  videos: number;
  clips: number;
  strayFiles: number;
  /** What was wrong, with the round it was seen in. */
  violations: string[];
}

/**
 * Two API replicas and two encoders on one Postgres and one folder of media. In each round one of each is killed at a
 * random instant while clients upload, search, follow jobs and delete; then what is there is held against what was
 * acknowledged.
 * @param programs folder of PostgreSQL's
 * @param random from 0 to 1; the instants come from it, too
 * @param signal ends it after the round that is under way
 */
export async function roleRuns(
  kills: number,
  programs: string,
  random: () => number,
  onRound: (round: number, violations: readonly string[], check: Check) => void,
  signal: AbortSignal,
): Promise<RolesReport> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-roles-'));
  const dataFolder = join(folder, 'data');
  const server = await startPostgres(programs);
  const { apis, encoders } = await theProcesses(dataFolder, server.url, random);
  const everybody = [...encoders, ...apis];
  const violations: string[] = [];
  let database: PostgresDatabase | undefined;
  try {
    // Encoders first: a replica learns from them what they encode with.
    for (const group of [encoders, apis]) await Promise.all(group.map((process) => process.start()));
    database = await PostgresDatabase.open(server.url, { connections: 1 });
    const urls = apis.map(({ url }) => url);
    const client: Client = {
      replicas: new Replicas(urls),
      films: await makeFilms(folder),
      ledger: new Ledger(),
      tally: emptyTally(),
      random,
    };
    const library = { dataFolder, database, expected: await firstClips(client, database, dataFolder) };
    let [round, killsWithWork] = [0, 0];
    let last = await checkLibrary(client, library, urls);
    for (; round < kills && !signal.aborted; round++) {
      const wrong: string[] = [];
      const victims = [apis, encoders].map((group) => group[Math.floor(random() * group.length)]!);
      const isAbsent = random() < ABSENT_SHARE;
      const stop = startClients(client, wrong);
      killsWithWork += await killEach(victims, client);
      if (!isAbsent) await startAgain(victims, wrong);
      await sleep(random() * LONGEST_AFTERWARDS_MS);
      await stop();
      const living = isAbsent ? urls.filter((url) => url !== victims[0]!.url) : urls;
      last = await checkOrComplain(client, library, living);
      wrong.push(...last.wrong);
      if (isAbsent) await startAgain(victims, wrong);
      wrong.push(...endedByThemselves(everybody));
      violations.push(...wrong.map((line) => `round ${round + 1}: ${line}`));
      client.ledger.forgetDeleted(DELETED_REMEMBERED);
      onRound(round + 1, violations, last);
    }
    last = await checkOrComplain(client, library, urls);
    violations.push(...last.wrong.map((line) => `at the end: ${line}`));
    const { videos, clips, strayFiles } = last;
    return { ...client.tally, kills: round, killsWithWork, videos, clips, strayFiles, violations };
  } finally {
    await Promise.all(everybody.map((process) => process.end('SIGTERM')));
    await database?.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function theProcesses(dataFolder: string, databaseUrl: string, random: () => number) {
  const ports = await freePorts(2 * PROCESSES_A_ROLE, random);
  const encoders = ports
    .splice(0, PROCESSES_A_ROLE)
    .map((port) => new RoleProcess({ role: 'encoder', port, dataFolder, environment: {} }));
  const environment = {
    DATABASE_URL: databaseUrl,
    VIDERE_ENCODERS: encoders.map(({ url }) => url).join(','),
  };
  const apis = ports.map((port) => new RoleProcess({ role: 'api', port, dataFolder, environment }));
  return { apis, encoders };
}

function emptyTally(): Tally {
  const [searches, uploads] = [
    { searches: 0, searchesRetried: 0, searchesFailed: 0 },
    { uploads: 0, uploadsRetried: 0, uploadsUnanswered: 0 },
  ];
  return { ...searches, ...uploads, deletes: 0, takenOver: 0 };
}

/** Takes each film in once while nothing is killed. @returns the clips of each, by its name */
async function firstClips(
  client: Client,
  database: PostgresDatabase,
  dataFolder: string,
): Promise<Map<string, FilmClips>> {
  const entries = client.films.map(({ name }) => client.ledger.add(`first ${name}`, name));
  for (const entry of entries) await upload(client, entry);
  for (const entry of entries) {
    for (; entry.state === 'accepted'; await sleep(POLL_MS)) await follow(client, entry);
  }
  const audit = await auditLibrary(database, dataFolder);
  return new Map(entries.map(({ title, shows }) => [shows, clipsOf(audit, title)]));
}

/** @returns the way to stop them, done when the last has its answer. */
function startClients(client: Client, wrong: string[]): () => Promise<void> {
  let isOver = false;
  const one = async () => {
    while (!isOver) await doSomething(client).catch((error: Error) => wrong.push(error.message));
  };
  const clients = Array.from({ length: CLIENTS }, one);
  return async () => {
    isOver = true;
    await Promise.all(clients);
  };
}

/** Each at an instant of its own. @returns how many of the replicas among them died while work was under way */
async function killEach(victims: readonly RoleProcess[], { ledger, random }: Client): Promise<number> {
  const kills = victims.map(async (victim) => {
    await sleep(random() * LONGEST_LIFE_MS);
    const isAtWork = ledger.in('accepted').length > 0;
    await victim.end('SIGKILL');
    return victim.name.startsWith('api') && isAtWork;
  });
  return (await Promise.all(kills)).filter(Boolean).length;
}

/** As whatever keeps services running does. A failed start is told of; whether it goes on failing decides whether the runs can. */
async function startAgain(killed: readonly RoleProcess[], wrong: string[]): Promise<void> {
  const starts = killed.map((process) =>
    process.start().catch((error: Error) => {
      wrong.push(error.message);
      return process.start();
    }),
  );
  await Promise.all(starts);
}

/** A check that cannot be made at all is a violation, not the end. */
function checkOrComplain(client: Client, library: CheckedLibrary, urls: readonly string[]): Promise<Check> {
  return checkLibrary(client, library, urls).catch((error: Error) => ({
    wrong: [`the check broke off: ${error.message}`],
    videos: 0,
    clips: 0,
    strayFiles: 0,
  }));
}

/** @returns a line for each that nobody killed, and that runs no more. */
function endedByThemselves(everybody: readonly RoleProcess[]): string[] {
  return everybody
    .filter(({ isMissing }) => isMissing)
    .map(({ name, said }) => `${name} ended by itself: ${said}`);
}
