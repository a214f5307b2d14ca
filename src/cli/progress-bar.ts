import type { Terminal } from './terminal.js';

const BAR_CHARACTERS = 28;

/** One line that says how far a number of files has come. */
export class ProgressBar {
  readonly #terminal: Terminal;
  #total = 0;
  #done = 0;
  /** Files on their way, with the share that is done. */
  readonly #shares = new Map<string, number>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  start(total: number): void {
    this.#total = total;
    this.#draw();
  }

  /** @param share 0 to 1. */
  progress(name: string, share: number): void {
    this.#shares.set(name, share);
    this.#draw();
  }

  finish(name: string): void {
    this.#shares.delete(name);
    this.#done++;
    this.#draw();
  }

  stop(): void {
    this.#terminal.status('');
  }

  #draw(): void {
    const underWay = [...this.#shares.values()].reduce((sum, share) => sum + share, 0);
    const share = this.#total === 0 ? 1 : (this.#done + underWay) / this.#total;
    const filled = Math.round(share * BAR_CHARACTERS);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    const percent = String(Math.floor(share * 100)).padStart(3);
    const names = [...this.#shares.keys()].join(', ');
    this.#terminal.status(`${bar} ${percent} %  ${this.#done}/${this.#total}  ${names}`);
  }
}
