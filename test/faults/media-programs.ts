import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 5000;

interface RunningProgram {
  pid: number;
  parent: number;
  name: string;
  state: string;
}

/** Watches the programs that this process has had started, through `/proc`. */
export class MediaPrograms {
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  /** The most memory that any had in use. */
  largestBytes = 0;

  constructor() {
    this.#timer.unref();
  }

  /** Those that are still there, or whose end nobody has taken notice of. */
  async left(): Promise<string[]> {
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      const left = ours().map(({ name, pid, state }) => `${name} ${pid} (${state})`);
      if (left.length === 0 || waitedMs > PATIENCE_MS) return left;
      await sleep(LOOK_EVERY_MS);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const { pid } of ours()) {
      const kibibytes = Number(/^VmHWM:\s+(\d+)/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1] ?? 0);
      this.largestBytes = Math.max(this.largestBytes, kibibytes * 1024);
    }
  }
}

/** ffmpeg, ffprobe and the shells they begin as, below this process. */
function ours(): RunningProgram[] {
  const all = new Map(
    readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? program(Number(name)) : [])),
  );
  const isOurs = ({ parent }: RunningProgram): boolean => {
    if (parent === process.pid) return true;
    const above = all.get(parent);
    return above !== undefined && isOurs(above);
  };
  return [...all.values()].filter((each) => ['ffmpeg', 'ffprobe', 'sh'].includes(each.name) && isOurs(each));
}

function program(pid: number): [number, RunningProgram][] {
  const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readOrNothing(`/proc/${pid}/stat`)) ?? [];
  if (name === undefined || state === undefined) return [];
  return [[pid, { pid, name, state, parent: Number(parent) }]];
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
