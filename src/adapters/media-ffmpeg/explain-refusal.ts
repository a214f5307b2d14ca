import { AppError } from '../../domain/errors.js';
import { ACCEPTED_CONTAINERS, MAX_PIXELS } from './input-guard.js';

/** Says in plain words why ffprobe could not read a file, from what it wrote to standard error. */
export function explainRefusal(path: string, stderr: string): AppError {
  const [, width, height] = /Picture size (\d+)x(\d+) (?:exceeds|is invalid)/.exec(stderr)?.map(Number) ?? [];
  if (width !== undefined && height !== undefined && width * height > MAX_PIXELS) {
    return tooManyPixels(path, width, height);
  }
  if (ranOutOfMemory(stderr)) return tooMuchMemory(path, stderr);
  return new AppError('unsupported-media', `${path} ${reason(stderr)}.`, {
    hint: `Accepted are videos in ${ACCEPTED_CONTAINERS}.`,
    details: { stderr },
  });
}

export function tooManyPixels(path: string, width: number, height: number): AppError {
  return new AppError(
    'media-limit',
    `The pictures of ${path} are ${width} x ${height}; the limit is ${MAX_PIXELS} pixels.`,
    {
      hint: 'Scale the video down to 8K (7680 x 4320) or less.',
      details: { width, height, maxPixels: MAX_PIXELS },
    },
  );
}

/** Whether a program had to do without memory that it asked for. */
export function ranOutOfMemory(stderr: string): boolean {
  return /[Cc](an|ould) ?not allocate memory|get_buffer\(\) failed/.test(stderr);
}

export function tooMuchMemory(path: string, stderr: string): AppError {
  return new AppError('media-limit', `Reading ${path} takes more memory than a video of its size may have.`, {
    hint: 'Convert it: ffmpeg -i FILE -c:v libx264 NEW.mp4',
    details: { stderr },
  });
}

function reason(stderr: string): string {
  const container = /^\[(\S+) @ .*Format not on whitelist/m.exec(stderr)?.[1];
  if (container !== undefined) return `is no video container: its format is ${container}`;
  const decoder = /^.* Codec \((\S+)\) not on whitelist/m.exec(stderr)?.[1];
  if (decoder !== undefined) return `has a stream of a kind that is not decoded here (${decoder})`;
  // ffprobe gives up on the whole file when it lacks the decoder of one stream, were it only the sound.
  const missing = /\[warning\] (.*is not implemented)/.exec(stderr)?.[1];
  if (missing !== undefined) return `has a stream that this version of ffmpeg cannot open (${missing})`;
  const isGuess = stderr.includes('misdetection possible');
  if (!isGuess && stderr.includes('moov atom not found')) {
    return 'is an unfinished or cut mp4: its index (moov) is missing';
  }
  return 'is not a video file, or is damaged from the start';
}

/** ` (what ffmpeg complained about last)`, or nothing: to append to a message. */
export function lastComplaint(stderr: string): string {
  const complaint = stderr.match(/(?<=\[(?:error|fatal)\] ).*/g)?.at(-1);
  return complaint === undefined ? '' : ` (${complaint.trim().replace(/\.$/, '')})`;
}
