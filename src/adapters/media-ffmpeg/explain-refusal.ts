import { AppError } from '../../domain/errors.js';
import { ACCEPTED_CONTAINERS, MAX_PIXELS } from './input-guard.js';

/** Says in plain words why ffmpeg or ffprobe could not read a file, from what it wrote to standard error. */
export function explainRefusal(path: string, stderr: string): AppError {
  if (/exceeds specified max pixel count|Picture size .* is invalid/.test(stderr)) {
    return new AppError(
      'media-limit',
      `The pictures of ${path} have more than ${MAX_PIXELS} pixels, the limit.`,
      {
        hint: 'Scale the video down to 8K (7680 x 4320) or less.',
        details: { maxPixels: MAX_PIXELS },
      },
    );
  }
  const container = /^\[(\S+) @ .*Format not on whitelist/m.exec(stderr)?.[1];
  return new AppError('unsupported-media', `${path} ${reason(container, stderr)}.`, {
    hint: `Accepted are videos in ${ACCEPTED_CONTAINERS}.`,
    details: { stderr },
  });
}

function reason(container: string | undefined, stderr: string): string {
  if (container !== undefined) return `is no video container: its format is ${container}`;
  if (/moov atom not found/.test(stderr)) return 'is an unfinished or cut mp4: its index (moov) is missing';
  const complaint = lastComplaint(stderr);
  return `is not a video file${complaint === undefined ? '' : ` (${complaint})`}`;
}

/** The last thing that a library inside ffmpeg complained about, without its address and the file's name. */
export function lastComplaint(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('    Last message repeated'))
    .map((line) => line.replace(/^\[[^\]]*\] /, '').replace(/^file:.*: (?=[A-Z])/, ''))
    .at(-1)
    ?.trim();
}
