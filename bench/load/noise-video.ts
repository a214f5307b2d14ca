import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Some 30 MB in ten seconds: more than all buffers on the way to a reader that takes nothing hold. Made once. */
export async function noiseVideo(cacheFolder: string): Promise<string> {
  const path = join(cacheFolder, 'noise.mp4');
  if (existsSync(path)) return path;
  const part = join(cacheFolder, 'part-noise.mp4');
  const source = 'nullsrc=s=640x360:r=25,geq=random(1)*255:128:128';
  const args = [
    '-f',
    'lavfi',
    '-t',
    '10',
    '-i',
    source,
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-crf',
    '18',
  ];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, part]);
  await rename(part, path);
  return path;
}
