import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Outcome } from './campaign.js';

export interface Kept {
  first: number;
  next: number;
  end: number;
  /** How many cases ended so. */
  outcomes: Record<string, number>;
  violations: string[];
  /** The largest of each figure. */
  figures: Record<string, number>;
}

/** Cases after which it is written to its file. */
const KEPT_EVERY = 20;

/** How far a range of cases is, kept in a file so that it can be broken off and gone on with. */
export class Progress {
  readonly #path: string | undefined;
  readonly #kept: Kept;
  readonly #underWay = new Set<number>();
  /** Cases that ended before one that began earlier. */
  readonly #ended = new Map<number, Outcome>();

  private constructor(path: string | undefined, kept: Kept) {
    this.#path = path;
    this.#kept = kept;
  }

  /** @param path of the file; without one nothing is kept. */
  static open(path: string | undefined, first: number, end: number): Progress {
    const fresh = { first, next: first, end, outcomes: {}, violations: [], figures: {} };
    return new Progress(path, (path === undefined ? undefined : readKept(path, first, end)) ?? fresh);
  }

  get next(): number {
    return this.#kept.next;
  }

  get end(): number {
    return this.#kept.end;
  }

  get done(): Readonly<Kept> {
    return this.#kept;
  }

  begin(number: number): void {
    this.#underWay.add(number);
  }

  finish(number: number, outcome: Outcome): void {
    this.#underWay.delete(number);
    this.#ended.set(number, outcome);
    this.#advance();
  }

  /** The process died: what it was at counts as a violation, and is not begun again. */
  skipUnderWay(how: string): void {
    if (this.#underWay.size === 0) throw new Error(`The process of the campaign ${how} before a case began.`);
    for (const number of this.#underWay) this.#ended.set(number, { kind: how, violation: how });
    this.#underWay.clear();
    this.#advance();
    this.#keep();
  }

  close(wrong: readonly string[], figures: Readonly<Record<string, number>>): void {
    this.#kept.violations.push(...wrong);
    for (const [name, value] of Object.entries(figures)) {
      this.#kept.figures[name] = Math.max(this.#kept.figures[name] ?? 0, value);
    }
    this.#keep();
  }

  #advance(): void {
    const kept = this.#kept;
    for (
      let outcome = this.#ended.get(kept.next);
      outcome !== undefined;
      outcome = this.#ended.get(kept.next)
    ) {
      this.#ended.delete(kept.next);
      kept.outcomes[outcome.kind] = (kept.outcomes[outcome.kind] ?? 0) + 1;
      if (outcome.violation !== undefined) kept.violations.push(`case ${kept.next}: ${outcome.violation}`);
      kept.next++;
      if (kept.next % KEPT_EVERY === 0) this.#keep();
    }
  }

  #keep(): void {
    if (this.#path === undefined) return;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#kept, undefined, 1));
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function readKept(path: string, first: number, end: number): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    return kept.first === first && kept.end === end ? kept : undefined;
  } catch {
    return undefined;
  }
}
