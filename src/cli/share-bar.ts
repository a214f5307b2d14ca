import type { Terminal } from './terminal.js';

const BAR_CHARACTERS = 28;

/** One line that says which stage a piece of work is in, and how far it has come. */
export class ShareBar {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param share 0 to 1. */
  show(stage: string, share: number): void {
    const filled = Math.round(share * BAR_CHARACTERS);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    this.#terminal.status(`${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${stage}`);
  }

  stop(): void {
    this.#terminal.status('');
  }
}
