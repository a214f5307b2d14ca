import { text } from 'node:stream/consumers';
import { AppError } from '../../domain/errors.js';
import { startProgram } from './run-program.js';

const TIME_LIMIT_MS = 10_000;

/**
 * What ffmpeg or ffprobe calls its version: `5.1.6-0+deb12u1`.
 * @throws AppError `missing-dependency` when it is not there, or is another program.
 */
export async function programVersion(program: string): Promise<string> {
  const running = startProgram({ program, args: ['-version'], timeLimitMs: TIME_LIMIT_MS });
  try {
    const said = await text(running.stdout);
    await running.finished();
    const version = /^(?:ffmpeg|ffprobe) version (\S+)/.exec(said)?.[1];
    if (version !== undefined) return version;
    throw new AppError('missing-dependency', `${program} does not say that it is ffmpeg or ffprobe.`, {
      hint: 'Set VIDERE_FFMPEG and VIDERE_FFPROBE to the programs, or leave them out.',
    });
  } finally {
    await running.stop();
  }
}
