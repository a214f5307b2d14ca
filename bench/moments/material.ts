import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TimeRange } from '../../src/domain/time-range.js';

const demoFolder = fileURLToPath(new URL('../../models/playground/demo', import.meta.url));
const run = promisify(execFile);

/** Something that happens in a video, and how one would ask for it. */
export interface Happening extends TimeRange {
  caption: string;
}

export interface Footage {
  path: string;
  happenings: Happening[];
}

interface DemoClip {
  file: string;
  duration: number;
  captions: { caption: string; start: number; end: number }[];
}

const PARTS = 10;
const RATE = 12;
const DISSOLVE_SECONDS = 0.5;

/**
 * The demo clips of the playground (seeds of their own, apart from training and test) in three forms, each a name and
 * its videos: `scenes`, the long ones as they are, scenes of four seconds with cuts between; `cuts`, the short ones of
 * two to five seconds in rows of ten; `dissolves`, the same rows with each clip fading into the next, where there is
 * no cut to be found.
 * @param folder takes the videos that are made
 */
export async function momentsMaterial(folder: string): Promise<Record<string, Footage[]>> {
  const { clips } = JSON.parse(await readFile(join(demoFolder, 'demo.json'), 'utf8')) as {
    clips: DemoClip[];
  };
  const isLong = ({ captions }: DemoClip) => captions.length > 1;
  const short = clips.filter((clip) => !isLong(clip));
  const rows = Array.from({ length: Math.floor(short.length / PARTS) }, (_, row) =>
    short.slice(row * PARTS, (row + 1) * PARTS),
  );
  const joined = (name: string, overlapSeconds: number) =>
    Promise.all(
      rows.map((row, number) => joinClips(row, join(folder, `${name}${number}.mp4`), overlapSeconds)),
    );
  return {
    scenes: clips.filter(isLong).map(({ file, captions }) => ({
      path: join(demoFolder, file),
      happenings: captions.map(({ caption, start, end }) => ({
        caption,
        startSeconds: start,
        endSeconds: end,
      })),
    })),
    cuts: await joined('cuts', 0),
    dissolves: await joined('dissolves', DISSOLVE_SECONDS),
  };
}

/** Puts clips one after the other into one video, each beginning `overlapSeconds` before the end of the one before. */
async function joinClips(clips: readonly DemoClip[], path: string, overlapSeconds: number): Promise<Footage> {
  const inputs = clips.flatMap(({ file }) => ['-i', join(demoFolder, file)]);
  const even = clips.map(
    ({ duration }, i) =>
      `[${i}]fps=${RATE},scale=240:180,setsar=1,trim=duration=${duration},setpts=PTS-STARTPTS,settb=1/${RATE},format=yuv420p[c${i}]`,
  );
  const happenings: Happening[] = [];
  let end = 0;
  for (const { duration, captions } of clips) {
    const start = Math.max(0, end - overlapSeconds);
    end = start + duration;
    happenings.push({ caption: captions[0]!.caption, startSeconds: start, endSeconds: end });
  }
  const chain =
    overlapSeconds === 0
      ? [`${clips.map((_, i) => `[c${i}]`).join('')}concat=n=${clips.length}[out]`]
      : happenings.slice(1).map(({ startSeconds }, i) => {
          const left = i === 0 ? '[c0]' : `[x${i}]`;
          const right = i === clips.length - 2 ? '[out]' : `[x${i + 1}]`;
          return `${left}[c${i + 1}]xfade=transition=fade:duration=${overlapSeconds}:offset=${startSeconds}${right}`;
        });
  await run('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-y', ...inputs, '-filter_complex', [...even, ...chain].join(';')],
    ...['-map', '[out]', '-c:v', 'libx264', '-preset', 'fast', '-crf', '20', '-g', '600', path],
  ]);
  return { path, happenings };
}
