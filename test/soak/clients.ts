import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Answers } from './answers.js';

const demo = fileURLToPath(new URL('../../models/playground/demo', import.meta.url));
const FILES = ['clip12.mp4', 'clip15.mp4', 'clip18.mp4', 'clip21.mp4', 'long03.mp4'];
const WORDS = [
  'red',
  'blue',
  'dog',
  'car',
  'left',
  'right',
  'up',
  'star',
  'moon',
  'turns',
  'falls',
  'slowly',
  'two',
];
/** So that the library, and what is held of it, stays of one size. */
const MOST_VIDEOS = 40;

export interface Client {
  url: string;
  answers: Answers;
  ended: AbortSignal;
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const someWords = (): string =>
  Array.from({ length: 3 }, () => WORDS[Math.floor(Math.random() * WORDS.length)]).join(' ');

/** Each goes on until the end. */
export const CLIENTS: Record<string, (client: Client) => Promise<void>> = {
  /** New files as fast as they are taken in; the oldest videos are deleted. */
  async ingest({ url, answers, ended }) {
    const videos: string[] = [];
    for (let turn = 0; !ended.aborted; turn++) {
      const form = new FormData();
      form.set('file', await neverSeen(FILES[turn % FILES.length]!), `${turn}.mp4`);
      const answer = await answers.ask(`${url}/v1/videos`, { method: 'POST', body: form });
      const added = answer?.body as { video?: { id: string }; job?: { id: string } } | undefined;
      if (answer?.status !== 202 || !added?.job || !added.video) continue;
      videos.push(added.video.id);
      await untilDone(url, added.job.id, answers, ended);
      while (videos.length > MOST_VIDEOS) {
        await answers.ask(`${url}/v1/videos/${videos.shift()}`, { method: 'DELETE' });
      }
    }
  },
  async search({ url, answers, ended }) {
    while (!ended.aborted) {
      await answers.ask(`${url}/v1/search`, json({ query: someWords() }));
      await sleep(50);
    }
  },
  async ask({ url, answers, ended }) {
    while (!ended.aborted) {
      await answers.ask(
        `${url}/v1/ask`,
        json({ question: `What does the ${someWords()} do?`, maxTokens: 32 }),
      );
      await sleep(2000);
    }
  },
  async browse({ url, answers, ended }) {
    while (!ended.aborted) {
      const listed = await answers.ask(`${url}/v1/videos?limit=20`);
      const { videos = [] } = (listed?.body ?? {}) as { videos?: { id: string }[] };
      for (const { id } of videos.slice(0, 3))
        await answers.ask(`${url}/v1/videos/${id}/thumbnail?t=1&w=160`);
      await answers.ask(`${url}/v1/status`);
      await answers.ask(`${url}/metrics`);
      await sleep(1000);
    }
  },
  /** Uploads that end in the middle. */
  async cutUploads({ url, ended }) {
    const { hostname, port } = new URL(url);
    while (!ended.aborted) {
      const socket = connect(Number(port), hostname).on('error', () => {});
      socket.write(
        `POST /v1/videos HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: multipart/form-data; boundary=b\r\n` +
          'Content-Length: 9000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
      );
      socket.write(randomBytes(Math.floor(Math.random() * 2 ** 20)));
      await sleep(500 + Math.random() * 1500);
      socket.destroy();
    }
  },
  /** Twenty at a time who drip a request, or read nothing of an answer, for half a minute. */
  async slowClients({ url, ended }) {
    const { hostname, port } = new URL(url);
    while (!ended.aborted) {
      const sockets = Array.from({ length: 20 }, (_, number) => {
        const socket = connect(Number(port), hostname).on('error', () => {});
        socket.pause();
        const head = `Host: ${hostname}:${port}\r\n`;
        if (number % 2 === 0) socket.write(`GET /v1/export HTTP/1.1\r\n${head}\r\n`);
        else
          socket.write(
            `POST /v1/search HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 999\r\n\r\n`,
          );
        return socket;
      });
      await sleep(30_000, undefined, { signal: ended }).catch(() => {});
      for (const socket of sockets) socket.destroy();
    }
  },
};

/** An mp4 whose content nobody has seen: a box that readers skip holds something random. */
async function neverSeen(name: string): Promise<Blob> {
  const box = Buffer.concat([Buffer.from([0, 0, 0, 44]), Buffer.from('free'), Buffer.from(randomUUID())]);
  return new Blob([await readFile(join(demo, name)), box]);
}

async function untilDone(url: string, job: string, answers: Answers, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const answer = await answers.ask(`${url}/v1/jobs/${job}`);
    const { state } = (answer?.body ?? {}) as { state?: string };
    if (state !== undefined && !['queued', 'running'].includes(state)) return;
    await sleep(300);
  }
}
