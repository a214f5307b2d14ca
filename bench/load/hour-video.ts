import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

const SOURCES = [
  'testsrc2=s=1280x720:r=25',
  'mandelbrot=s=1280x720:r=25:maxiter=60',
  // Noise that moves: what compresses badly.
  'life=s=320x180:r=25:mold=10:life_color=#C83232:death_color=#3232C8,scale=1280:720:flags=neighbor',
];
const SECONDS_EACH = 100;
const REPEATS = 12;

/** An hour of 720p at 25 frames a second, 6 Mbit/s: five minutes of three scenes, twelve times. Made once, in 90 s. */
export async function hourOf720p(cacheFolder: string): Promise<string> {
  const hour = join(cacheFolder, 'hour-720p.mp4');
  if (existsSync(hour)) return hour;
  const [piece, part] = [join(cacheFolder, 'piece-720p.mp4'), join(cacheFolder, 'part-720p.mp4')];
  const inputs = SOURCES.flatMap((source) => ['-f', 'lavfi', '-t', String(SECONDS_EACH), '-i', source]);
  const alike = SOURCES.map((_, order) => `[${order}]format=yuv420p,setsar=1[v${order}]`).join(';');
  const joined = SOURCES.map((_, order) => `[v${order}]`).join('');
  ffmpeg([
    ...inputs,
    ...['-filter_complex', `${alike};${joined}concat=n=${SOURCES.length}[out]`, '-map', '[out]'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', piece],
  ]);
  ffmpeg(['-stream_loop', String(REPEATS - 1), '-i', piece, '-c', 'copy', part]);
  await rename(part, hour);
  return hour;
}

function ffmpeg(args: readonly string[]): void {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
