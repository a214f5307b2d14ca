import { toAppError } from '../../domain/errors.js';
import type { CatalogReader } from '../../ports/catalog.js';
import type { ClipSearcher } from '../../ports/clip-index.js';
import type { TextEncoder } from '../../ports/encoders.js';

export interface ReadinessDependencies {
  catalog: Pick<CatalogReader, 'lastClipId' | 'damagedClips'>;
  index: Pick<ClipSearcher, 'state'>;
  textEncoder: Pick<TextEncoder, 'encode'>;
  /** Of the disk that holds the library; absent where there is none to fill. */
  freeBytes?: (() => Promise<number>) | undefined;
}

export interface ReadinessCheck {
  name: 'database' | 'index' | 'encoder' | 'disk';
  ok: boolean;
  detail: string;
}

/** Below this, SQLite and the index may fail in the middle of what they write. */
export const LEAST_FREE_BYTES = 256 * 1024 * 1024;
/** A part that takes longer is as good as away. */
const DEADLINE_MS = 5_000;
const MEBIBYTE = 1024 * 1024;

/** Can the service do its work now? One check for each part that it needs, never an exception. */
export async function checkReadiness(
  { catalog, index, textEncoder, freeBytes }: ReadinessDependencies,
  deadlineMs: number = DEADLINE_MS,
): Promise<ReadinessCheck[]> {
  return Promise.all([
    check('database', deadlineMs, async () => {
      const said = `answers; the newest clip is ${await catalog.lastClipId()}`;
      const damaged = catalog.damagedClips();
      // One clip of many is no reason to send requests elsewhere.
      return damaged.length === 0
        ? said
        : `${said}; clips damaged and not to be found: ${damaged.length}, the first is ${damaged[0]}`;
    }),
    check('index', deadlineMs, async () => `answers; ${(await index.state()).size} clips can be found`),
    checkEncoder(textEncoder, deadlineMs),
    ...(freeBytes === undefined ? [] : [checkDisk(freeBytes, deadlineMs)]),
  ]);
}

function checkDisk(freeBytes: () => Promise<number>, deadlineMs: number): Promise<ReadinessCheck> {
  return check('disk', deadlineMs, async () => {
    const free = await freeBytes();
    const said = `${Math.floor(free / MEBIBYTE)} MiB free`;
    if (free < LEAST_FREE_BYTES) throw new Error(`${said}; ${LEAST_FREE_BYTES / MEBIBYTE} MiB are needed`);
    return said;
  });
}

/** All that a service which only encodes needs. */
export function checkEncoder(
  textEncoder: Pick<TextEncoder, 'encode'>,
  deadlineMs: number = DEADLINE_MS,
): Promise<ReadinessCheck> {
  return check('encoder', deadlineMs, async (signal) => {
    await textEncoder.encode([newText()], signal);
    return 'loaded';
  });
}

async function check(
  name: ReadinessCheck['name'],
  deadlineMs: number,
  look: (signal: AbortSignal) => Promise<string>,
): Promise<ReadinessCheck> {
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    return { name, ok: true, detail: await Promise.race([look(signal), timedOut(signal, deadlineMs)]) };
  } catch (thrown) {
    return { name, ok: false, detail: toAppError(thrown).message };
  }
}

let texts = 0;

/** Not asked before: an encoder remembers those, and would answer them when its thread hangs, too. */
function newText(): string {
  return `ready ${++texts}`;
}

function timedOut(signal: AbortSignal, deadlineMs: number): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${deadlineMs} ms`)), {
      once: true,
    });
  });
}
