/** Bytes of memory that are enough to list what is in a file, whatever the size of its pictures. */
export const PROBE_MEMORY_BYTES = 512 * 2 ** 20;

const FULL_HD_PIXELS = 1920 * 1080;

/** Each thread of a decoder works on a picture of its own, so more of them need more memory. */
export const decoderThreads = (pixels: number): number => (pixels <= FULL_HD_PIXELS ? 4 : 2);

/**
 * Bytes of memory that a decoder may have for pictures of so many pixels: 480 MiB for full HD, 780 MiB for 4K, 1.9 GiB for 8K.
 * Measured need, with these threads: 320 MiB (HEVC 4:4:4, 12 bits), 450 MiB (HEVC, 10 bits) and 950 MiB (H.264).
 */
export function decoderMemoryBytes(pixels: number): number {
  return 384 * 2 ** 20 + 48 * pixels;
}

/** Files and pipes a decoder has open at once. */
const OPEN_FILES = 64;

export interface BoxedProgram {
  program: string;
  args: string[];
}

/**
 * A command that runs the program with no more than so much memory of its own, unable to write a byte into any file, to
 * open many, or to leave a core dump. The limits are the kernel's and hold for what the program starts, too.
 * The shell sees nothing of the arguments but to hand them on, and becomes the program.
 */
export function boxedProgram(program: string, args: readonly string[], memoryBytes: number): BoxedProgram {
  const kibibytes = Math.ceil(memoryBytes / 1024);
  const limits = `ulimit -c 0; ulimit -f 0; ulimit -n ${OPEN_FILES}; ulimit -d ${kibibytes}`;
  return { program: 'sh', args: ['-c', `${limits}; exec "$0" "$@"`, program, ...args] };
}

/** Exit codes of the shell for a program that is not there, and for one that it may not run. */
export const NOT_FOUND = 127;
export const NOT_RUNNABLE = 126;
