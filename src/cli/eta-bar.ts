import type { Terminal } from './terminal.js';

const BAR_CHARACTERS = 28;

/** Lines for a stretch in a pipe or a log, where nothing can be rewritten. */
const PLAIN_LINES = 10;

/**
 * One line for a long stretch of equal steps: how far it has come, and when it will be done at this pace. In a pipe, a plain
 * line for each tenth of it.
 */
export class EtaBar {
  readonly #terminal: Terminal;
  #name = '';
  #total = 0;
  #done = 0;
  #startMs = 0;
  #plainLines = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  start(name: string, total: number): void {
    this.#name = name;
    this.#total = total;
    this.#done = 0;
    this.#startMs = performance.now();
    this.#plainLines = 0;
    this.#draw();
  }

  step(): void {
    this.#done++;
    this.#draw();
  }

  stop(): void {
    this.#terminal.status('');
  }

  #draw(): void {
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const filled = Math.round(share * BAR_CHARACTERS);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    const left = ((performance.now() - this.#startMs) / 1000) * (1 / share - 1);
    const eta = this.#done === 0 ? '' : `  ${duration(left)} left`;
    const text = `${this.#name} ${this.#done}/${this.#total}${eta}`;
    if (this.#terminal.interactive) this.#terminal.status(`${bar} ${text}`);
    else if (share * PLAIN_LINES >= this.#plainLines + 1) {
      this.#plainLines = Math.floor(share * PLAIN_LINES);
      this.#terminal.note(text);
    }
  }
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
