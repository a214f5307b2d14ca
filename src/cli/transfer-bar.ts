import type { Terminal } from './terminal.js';

const BAR_CHARACTERS = 28;
/** The pace is that of about the last seconds, so that a resumed or stalled transfer is told as it is. */
const PACE_WINDOW_MS = 5000;
const REDRAW_MS = 100;

/** One line for a transfer of bytes: how far, how fast, how long still. */
export class TransferBar {
  readonly #terminal: Terminal;
  #marks: { atMs: number; bytes: number }[] = [];
  #name = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(name: string, bytes: number, totalBytes: number | undefined): void {
    if (name !== this.#name || bytes < (this.#marks.at(-1)?.bytes ?? 0)) this.#marks = [];
    this.#name = name;
    const nowMs = performance.now();
    if (bytes !== totalBytes && nowMs - (this.#marks.at(-1)?.atMs ?? 0) < REDRAW_MS) return;
    this.#marks = [
      ...this.#marks.filter(({ atMs }) => nowMs - atMs < PACE_WINDOW_MS),
      { atMs: nowMs, bytes },
    ];
    const share = totalBytes === undefined || totalBytes === 0 ? 0 : bytes / totalBytes;
    const filled = Math.round(share * BAR_CHARACTERS);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    const of = totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`;
    this.#terminal.status(`${bar} ${name}  ${megabytes(bytes)}${of} MB${this.#pace(totalBytes)}`);
  }

  stop(): void {
    this.#terminal.status('');
    this.#marks = [];
  }

  #pace(totalBytes: number | undefined): string {
    const [first, last] = [this.#marks[0]!, this.#marks.at(-1)!];
    const seconds = (last.atMs - first.atMs) / 1000;
    if (seconds < 0.5) return '';
    const bytesPerSecond = (last.bytes - first.bytes) / seconds;
    const left =
      totalBytes === undefined || bytesPerSecond === 0
        ? ''
        : `, ${Math.ceil((totalBytes - last.bytes) / bytesPerSecond)} s left`;
    return `  ${megabytes(bytesPerSecond)} MB/s${left}`;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
