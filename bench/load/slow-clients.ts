import { rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processTree } from '../../test/support/process-tree.js';
import { serveWatched } from '../../test/support/watched-service.js';
import { percentile } from '../percentile.js';
import { untilDone, upload } from './api.js';
import { noiseVideo } from './noise-video.js';
import { temporaryLibrary } from './temporary-library.js';

const demo = fileURLToPath(new URL('../../models/playground/demo', import.meta.url));

type Kind = 'heads' | 'json' | 'uploads' | 'readers';
/** 500 in all. */
const CLIENTS: Record<Kind, number> = { heads: 100, json: 100, uploads: 150, readers: 150 };
/** Each sends a byte so often, and takes nothing. */
const DRIP_MS = 1000;
const PROBE_MS = 50;
/** Long enough for a head (a minute), a JSON body (20 s) and an upload (two minutes) to be given up. */
const SECONDS = 135;

interface SlowClient {
  kind: Kind;
  socket: Socket;
  answer: string;
  closedAfterSeconds: number | undefined;
}

/**
 * 500 connections that send a byte a second, or read nothing of a video they asked for: what others wait for their answers
 * meanwhile, what the server's memory does, and after how long each kind is cut off.
 */
export async function measureSlowClients(cacheFolder: string): Promise<Record<string, number>> {
  const dataFolder = await temporaryLibrary();
  const service = await serveWatched(['--data', dataFolder]);
  const { url, pid } = service;
  try {
    const small = await upload(url, join(demo, 'clip12.mp4'));
    const large = await upload(url, await noiseVideo(cacheFolder));
    for (const { job } of [small, large]) await untilDone(url, job.id);
    await probe(url, 3);
    const before = processTree(pid).rssMb;
    const quiet = await probe(url, 10);

    service.resetLoop();
    const clients = open(url, large.video.id);
    const dripping = setInterval(() => {
      for (const { kind, socket } of clients) if (kind !== 'readers' && socket.writable) socket.write('x');
    }, DRIP_MS);
    let most = before;
    const sampling = setInterval(() => {
      most = Math.max(most, processTree(pid).rssMb);
    }, 500);
    const crowded = await probe(url, SECONDS);
    clearInterval(dripping);
    clearInterval(sampling);
    const delay = await service.readLoop();
    for (const { socket } of clients) socket.destroy();
    await sleep(1000);
    return report({ clients, quiet, crowded, growthMb: most - before, delayP99Ms: delay.p99Ms });
  } finally {
    await service.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

function open(url: string, videoId: string): SlowClient[] {
  const { hostname, port } = new URL(url);
  const start = performance.now();
  return (Object.keys(CLIENTS) as Kind[]).flatMap((kind) =>
    Array.from({ length: CLIENTS[kind] }, () => {
      const socket = connect(Number(port), hostname);
      const client: SlowClient = { kind, socket, answer: '', closedAfterSeconds: undefined };
      socket.on('error', () => {});
      socket.on('close', () => {
        client.closedAfterSeconds = (performance.now() - start) / 1000;
      });
      if (kind === 'readers') socket.pause();
      else {
        socket.on('data', (data) => {
          client.answer += data.toString('latin1');
        });
      }
      socket.write(beginning(kind, `${hostname}:${port}`, videoId));
      return client;
    }),
  );
}

function beginning(kind: Kind, host: string, videoId: string): string {
  const post = (path: string, type: string) =>
    `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: 1000000\r\n\r\n`;
  switch (kind) {
    case 'heads':
      return `GET /v1/videos HTTP/1.1\r\nHost: ${host}\r\nX-Long: `;
    case 'json':
      return `${post('/v1/search', 'application/json')}{"query":"`;
    case 'uploads':
      return `${post('/v1/videos', 'multipart/form-data; boundary=b')}--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
    case 'readers':
      return `GET /v1/videos/${videoId}/media HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  }
}

interface Probe {
  latenciesMs: number[];
  refused: number;
}

/** Asks for a search, a list and the health at a steady pace, as somebody else would. */
async function probe(url: string, seconds: number): Promise<Probe> {
  const found: Probe = { latenciesMs: [], refused: 0 };
  const asked: Promise<void>[] = [];
  const end = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < end; turn++) {
    asked.push(ask(url, turn, found));
    await sleep(PROBE_MS);
  }
  await Promise.all(asked);
  return found;
}

async function ask(url: string, turn: number, found: Probe): Promise<void> {
  const start = performance.now();
  const search = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `a red circle ${turn}` }),
  };
  const response = await (turn % 3 === 0
    ? fetch(`${url}/v1/search`, search)
    : fetch(turn % 3 === 1 ? `${url}/v1/videos` : `${url}/healthz`));
  await response.arrayBuffer();
  found.latenciesMs.push(performance.now() - start);
  if (!response.ok) found.refused++;
}

function report(measured: {
  clients: readonly SlowClient[];
  quiet: Probe;
  crowded: Probe;
  growthMb: number;
  delayP99Ms: number;
}): Record<string, number> {
  const { clients, quiet, crowded, growthMb, delayP99Ms } = measured;
  const results: Record<string, number> = {
    'slow.clients': clients.length,
    'slow.others_p99_ms': percentile(crowded.latenciesMs, 0.99),
    'slow.others_p99_without_ms': percentile(quiet.latenciesMs, 0.99),
    'slow.others_refused': crowded.refused,
    'slow.rss_growth_mb': growthMb,
    'slow.loop_delay_p99_ms': delayP99Ms,
  };
  process.stdout.write(
    `${clients.length} slow connections: others' p99 ${results['slow.others_p99_ms']!.toFixed(0)} ms ` +
      `(${results['slow.others_p99_without_ms']!.toFixed(0)} without them), ${crowded.refused} refused; ` +
      `${growthMb.toFixed(0)} MB more memory\n`,
  );
  for (const kind of Object.keys(CLIENTS) as Kind[]) {
    const alike = clients.filter((client) => client.kind === kind);
    const cut = alike
      .flatMap(({ closedAfterSeconds }) => closedAfterSeconds ?? [])
      .filter((at) => at < SECONDS);
    const statuses = new Set(alike.map(({ answer }) => answer.slice(9, 12) || 'none'));
    results[`slow.${kind}_cut`] = cut.length;
    if (cut.length > 0) results[`slow.${kind}_cut_after_s`] = Math.max(...cut);
    process.stdout.write(
      `  ${kind}: ${cut.length} of ${alike.length} cut off` +
        `${cut.length > 0 ? `, the last after ${Math.max(...cut).toFixed(0)} s` : ''}; answers ${[...statuses].join(', ')}\n`,
    );
  }
  return results;
}
