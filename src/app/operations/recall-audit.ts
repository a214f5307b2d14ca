import type { ClipIndex } from '../../ports/clip-index.js';
import type { TextEncoder } from '../../ports/encoders.js';

/** Neighbours that are looked at for each text. */
const NEIGHBOURS = 10;
/** Texts that the measured recall is the mean of: the last so many. */
const WINDOW = 20;

export interface RecallAuditDependencies {
  index: Pick<ClipIndex, 'search' | 'size'>;
  textEncoder: Pick<TextEncoder, 'encode'>;
  /** Texts such as people ask; they are taken in turn. */
  texts: readonly string[];
}

/**
 * Measures, a text at a time, how many of the truly nearest clips the index finds. Each step searches exactly once,
 * so that nobody waits for more than one such search.
 */
export class RecallAudit {
  readonly #dependencies: RecallAuditDependencies;
  readonly #found: number[] = [];
  #steps = 0;

  constructor(dependencies: RecallAuditDependencies) {
    this.#dependencies = dependencies;
  }

  /** Mean recall at 10 of the last texts, 0 to 1; undefined before the first. */
  get recall(): number | undefined {
    if (this.#found.length === 0) return undefined;
    return this.#found.reduce((sum, share) => sum + share, 0) / this.#found.length;
  }

  /** Measures the next text; nothing in an empty library. */
  async step(): Promise<void> {
    const { index, textEncoder, texts } = this.#dependencies;
    if (index.size === 0 || texts.length === 0) return;
    const [vector] = await textEncoder.encode([texts[this.#steps++ % texts.length]!]);
    const found = await index.search(vector!, NEIGHBOURS);
    const exact = await index.search(vector!, NEIGHBOURS, { exact: true });
    if (exact.length === 0) return;
    // By score, not by id: of clips that are equally near, either will do.
    const least = exact.at(-1)!.score;
    const hits = found.filter(({ score }) => score >= least - TOLERANCE).length;
    this.#found.push(Math.min(1, hits / exact.length));
    if (this.#found.length > WINDOW) this.#found.shift();
  }
}

/** The two searches may add up in another order. */
const TOLERANCE = 1e-5;
