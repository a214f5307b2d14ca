import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Larger ones would only make it slower. */
const LARGEST_BYTES = 60_000;
const PLAYGROUND_CLIPS = 12;
const FOLDERS = ['../shared/realdata/awkward', '../shared/realdata/clips'];

/** What ffmpeg makes here, by file name. */
const MADE: Record<string, string> = {
  'h264.mp4': '-c:v libx264 -bf 2 -pix_fmt yuv420p',
  'h264.mkv': '-c:v libx264 -pix_fmt yuv420p',
  'h264.ts': '-c:v libx264 -pix_fmt yuv420p',
  'h264.flv': '-c:v libx264 -pix_fmt yuv420p',
  'fragmented.mp4': '-c:v libx264 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov',
  'hevc.mp4': '-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p',
  'vp8.webm': '-c:v libvpx',
  'vp9.webm': '-c:v libvpx-vp9',
  'mpeg4.avi': '-c:v mpeg4 -bf 2',
  'mpeg2.mpg': '-c:v mpeg2video -f mpeg',
  'mjpeg.mov': '-c:v mjpeg',
  'png.mov': '-c:v png',
  'prores.mov': '-c:v prores_ks -pix_fmt yuv422p10le',
  'ffv1.mkv': '-c:v ffv1',
  'theora.ogv': '-c:v libtheora',
  'wmv2.wmv': '-c:v wmv2',
  'h263.3gp': '-c:v h263 -s 176x144',
  'animation.gif': '',
  'animation.apng': '-f apng',
};

export interface MediaClip {
  name: string;
  bytes: Buffer;
}

/** Small sound videos of every accepted container and the usual codecs, some of them real where those are at hand. */
export function mediaClips(folder: string): MediaClip[] {
  const clips: MediaClip[] = [];
  for (const [name, options] of Object.entries(MADE)) {
    const path = join(folder, name);
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=10:d=0.8'];
    execFileSync('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      '-y',
      ...source,
      ...options.split(' ').filter(Boolean),
      path,
    ]);
    clips.push({ name, bytes: readFileSync(path) });
  }
  const playground = 'models/playground/test/videos';
  const real = FOLDERS.flatMap((from) =>
    existsSync(from) ? readdirSync(from).map((name) => join(from, name)) : [],
  );
  const shipped = readdirSync(playground).map((name) => join(playground, name));
  for (const path of [...shipped.sort().slice(0, PLAYGROUND_CLIPS), ...real]) {
    const { size } = statSync(path);
    if (size > 0 && size <= LARGEST_BYTES) clips.push({ name: path, bytes: readFileSync(path) });
  }
  return clips;
}
