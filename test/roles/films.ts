import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programsFromEnvironment } from '../../src/adapters/media-ffmpeg/programs.js';

const DEMO = fileURLToPath(new URL('../../models/playground/demo', import.meta.url));
const SCENE_SECONDS = 2;

/** A few seconds of MP4 with cuts in it, so that several clips are made of it. */
export interface Film {
  name: string;
  bytes: Buffer;
}

/** Three films of three scenes each, as small as the service takes them seriously. */
export function makeFilms(folder: string): Promise<Film[]> {
  const scenes = { first: [12, 18, 24], second: [27, 30, 33], third: [36, 39, 42] };
  return Promise.all(
    Object.entries(scenes).map(async ([name, numbers]) => {
      const path = join(folder, `${name}.mp4`);
      const inputs = numbers.flatMap((number) => ['-i', join(DEMO, `clip${number}.mp4`)]);
      const trimmed = numbers.map(
        (_, input) =>
          `[${input}:v]trim=duration=${SCENE_SECONDS},fps=10,scale=160:120,setsar=1[scene${input}]`,
      );
      const joined = `${numbers.map((_, input) => `[scene${input}]`).join('')}concat=n=${numbers.length}`;
      const filter = [...trimmed, joined].join(';');
      const { ffmpeg } = programsFromEnvironment();
      execFileSync(ffmpeg, [
        '-v',
        'error',
        ...inputs,
        '-filter_complex',
        filter,
        '-pix_fmt',
        'yuv420p',
        path,
      ]);
      return { name, bytes: await readFile(path) };
    }),
  );
}

/** The same film as another file: in MP4, a box named `free` is passed over, whatever it holds. */
export function copyOf({ bytes }: Film, note: string): Blob {
  const text = Buffer.from(note);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + text.length);
  head.write('free', 4);
  return new Blob([bytes, head, text]);
}
