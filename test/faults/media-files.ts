import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FfmpegMediaReader } from '../../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { AppError } from '../../src/domain/errors.js';
import type { MediaInfo, VideoFrame } from '../../src/ports/media-reader.js';
import { seededRandom } from '../support/seeded-random.js';
import type { Campaign, OpenCampaign, Outcome } from './campaign.js';
import { type MediaClip, mediaClips } from './media-clips.js';
import { type Canaries, hostileManifest } from './media-manifests.js';
import { mutate } from './media-mutations.js';
import { MediaPrograms } from './media-programs.js';

const SECRET = 'canary-7d1e5b40';
/** No frame of any clip is all of it. */
const CANARY_COLOUR = [254, 0, 254] as const;
const MANIFEST_SHARE = 0.12;
/** Reading headers, times and frames have limits of their own, which add up to less. */
const DEADLINE_MS = 150_000;
const FRAMES = 4;
/** One in so many is looked at in every way there is. */
const ALL_WAYS_EVERY = 10;

/**
 * Videos that were damaged, and texts that pretend to be videos, read as an ingest does: each is refused with a typed error or
 * read right, within time and memory, by programs that are gone afterwards, leave no file and see no other.
 */
export const mediaFiles: Campaign = {
  cases: { full: 10_000, sample: 60 },
  atOnce: 3,
  open: openMediaFiles,
};

async function openMediaFiles(): Promise<OpenCampaign> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-faults-media-'));
  const [clipFolder, canaryFolder, temporary] = ['clips', 'canary', 'tmp'].map((name) => join(folder, name));
  for (const each of [clipFolder, canaryFolder, temporary]) await mkdir(each!);
  // Of the programs, too: what they leave there is theirs.
  process.env.TMPDIR = temporary;
  const canaries = {
    textPath: join(canaryFolder!, 'secret.txt'),
    videoPath: join(canaryFolder!, 'canary.mp4'),
  };
  await writeFile(canaries.textPath, `${SECRET}\n`.repeat(50));
  const magenta = ['-f', 'lavfi', '-i', 'color=c=0xfe00fe:s=64x48:r=10:d=0.5', '-pix_fmt', 'yuv444p'];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...magenta, canaries.videoPath]);
  const server = createServer((_, response) => response.end(SECRET)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new MediaFiles(folder, mediaClips(clipFolder!), { ...canaries, url }, server);
}

class MediaFiles implements OpenCampaign {
  readonly #folder: string;
  readonly #clips: readonly MediaClip[];
  readonly #canaries: Canaries;
  readonly #server: Server;
  readonly #reader = new FfmpegMediaReader();
  readonly #programs = new MediaPrograms();
  #requests = 0;
  #slowestMs = 0;

  constructor(folder: string, clips: readonly MediaClip[], canaries: Canaries, server: Server) {
    this.#folder = folder;
    this.#clips = clips;
    this.#canaries = canaries;
    this.#server = server;
    server.on('connection', () => this.#requests++);
  }

  async run(number: number): Promise<Outcome> {
    const random = seededRandom(number);
    const isManifest = random() < MANIFEST_SHARE;
    const { kind, name, bytes } = isManifest
      ? hostileManifest(this.#canaries, random)
      : { name: 'a.mp4', ...mutate(this.#clips, random) };
    const path = join(this.#folder, `${number}-${name}`);
    await writeFile(path, bytes);
    const begin = performance.now();
    const result = await this.#read(path, number % ALL_WAYS_EVERY === 0);
    const tookMs = performance.now() - begin;
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
    await rm(path);
    const wrong = (what: string): Outcome => ({ kind: `${kind}: wrong`, violation: `${kind}: ${what}` });
    if (this.#requests > 0) return wrong(`${this.#requests} connections to the server`);
    if (tookMs > DEADLINE_MS) return wrong(`took ${Math.round(tookMs)} ms`);
    if (typeof result === 'string') return wrong(result);
    if (result === undefined) return isManifest ? wrong('was read') : { kind: 'read' };
    if (!(result instanceof AppError) || result.code === 'internal')
      return wrong(`ended with ${describe(result)}`);
    if (describe(result).includes(SECRET)) return wrong('tells the secret');
    return { kind: `refused: ${result.code}` };
  }

  async close(): Promise<string[]> {
    this.#server.close();
    const wrong = (await this.#programs.left()).map((line) => `left over: ${line}`);
    const { TMPDIR: temporary = '' } = process.env;
    // The folder of the spawner, which goes with it.
    const files = (await readdir(temporary)).filter(
      (name) => !name.startsWith('videre-programs-') && !name.startsWith('tsx-'),
    );
    wrong.push(...files.map((name) => `left over: ${name}`));
    this.#programs.close();
    await rm(this.#folder, { recursive: true, force: true });
    return wrong;
  }

  figures(): Record<string, number> {
    return {
      slowestSeconds: Math.round(this.#slowestMs / 100) / 10,
      programMebibytes: Math.round(this.#programs.largestBytes / 2 ** 20),
    };
  }

  /** @returns undefined when it was read, else what was thrown, or what is wrong with what was read. */
  async #read(path: string, inAllWays: boolean): Promise<unknown> {
    try {
      const info = await this.#reader.probe(path);
      const wrong = wrongInfo(info) ?? (await this.#wrongFrames(path, info));
      if (wrong !== undefined || !inAllWays) return wrong;
      for await (const { timeSeconds } of this.#reader.survey(path, info)) {
        if (!Number.isFinite(timeSeconds)) return `a frame of its survey is at ${timeSeconds} s`;
      }
      await this.#reader.thumbnail(path, info.durationSeconds / 2, 64);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #wrongFrames(path: string, info: MediaInfo): Promise<string | undefined> {
    const last = info.frameTimes.length - 1;
    const indices = [
      ...new Set(Array.from({ length: FRAMES }, (_, i) => Math.round((last * i) / (FRAMES - 1)))),
    ];
    const read: number[] = [];
    for await (const frame of this.#reader.frames(path, info, indices)) {
      const { index, pixels } = frame;
      if (pixels.length !== info.width * info.height * 3) return `frame ${index} has ${pixels.length} bytes`;
      if (isCanary(frame)) return 'shows the canary';
      read.push(index);
      frame.release?.();
    }
    return `${read}` === `${indices}` ? undefined : `frames ${indices} were asked for, ${read} came`;
  }
}

/** Noise has a pixel of any colour somewhere, but no picture of one colour. */
function isCanary({ pixels }: VideoFrame): boolean {
  return pixels.every((value, at) => Math.abs(value - CANARY_COLOUR[at % 3]!) < 4);
}

function wrongInfo({ frameTimes, width, height, durationSeconds }: MediaInfo): string | undefined {
  if (frameTimes.length === 0) return 'has no frames';
  if (!(width > 0 && height > 0)) return `is ${width} x ${height}`;
  if (!(durationSeconds >= 0 && Number.isFinite(durationSeconds))) return `lasts ${durationSeconds} s`;
  for (let i = 0; i < frameTimes.length; i++) {
    const time = frameTimes[i]!;
    if (!Number.isFinite(time) || (i > 0 && time < frameTimes[i - 1]!)) return `frame ${i} is at ${time} s`;
  }
  return undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = error instanceof AppError ? JSON.stringify([error.hint, error.details]) : '';
  return `${error.name} ${error.message} ${details} ${error.stack}`;
}
