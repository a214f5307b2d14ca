import type { ClipFinder, SearchFilter } from '../../ports/clip-finder.js';
import type { ClipSearcher, IndexSearchOptions, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';

/** How a list of nearest clips was found. */
export type SearchMethod = 'approximate' | 'exact' | 'exact-among-filtered';

/** With no more clips than this that pass a filter, all of them are compared: milliseconds, and exact. */
const EXACT_UP_TO = 20_000;
/** A filter that lets more pass is applied to what the index finds, until that is asked for this many. */
const MOST_NEIGHBOURS = 20_000;

/** The clips nearest to a vector among those that pass a filter, as many as are asked for. */
export class NearestClips {
  readonly #index: ClipSearcher;
  readonly #finder: ClipFinder;
  readonly #vector: Embedding;
  readonly #filter: SearchFilter;
  readonly #exact: boolean;
  /** Every clip that passes, once they are known; undefined while what passes is found by looking at neighbours. */
  #among: number[] | undefined;

  private constructor(
    index: ClipSearcher,
    finder: ClipFinder,
    vector: Embedding,
    filter: SearchFilter,
    exact: boolean,
  ) {
    this.#index = index;
    this.#finder = finder;
    this.#vector = vector;
    this.#filter = filter;
    this.#exact = exact;
  }

  static async open(
    { index, finder }: { index: ClipSearcher; finder: ClipFinder },
    vector: Embedding,
    filter: SearchFilter,
    exact: boolean,
  ): Promise<NearestClips> {
    const nearest = new NearestClips(index, finder, vector, filter, exact);
    if (!isEmpty(filter)) {
      const passing = await finder.someClipIds(filter, EXACT_UP_TO + 1);
      if (passing.length <= EXACT_UP_TO) nearest.#among = passing;
    }
    return nearest;
  }

  get method(): SearchMethod {
    if (this.#among !== undefined) return 'exact-among-filtered';
    return this.#exact ? 'exact' : 'approximate';
  }

  /** @returns best first; `isAll` when no more would come. Those that do not pass are not among them. */
  async atMost(limit: number): Promise<{ neighbours: Neighbour[]; isAll: boolean }> {
    if (this.#among === undefined && !isEmpty(this.#filter)) {
      const neighbours = await this.#index.searchPassing?.(this.#vector, limit, this.#filter);
      if (neighbours?.length === limit) return { neighbours, isAll: false };
    }
    if (this.#among === undefined && !isEmpty(this.#filter) && limit > MOST_NEIGHBOURS) {
      this.#among = await this.#allThatPass();
    }
    const options: IndexSearchOptions =
      this.#among === undefined ? { exact: this.#exact } : { among: this.#among };
    const neighbours = await this.#index.search(this.#vector, limit, options);
    return { neighbours, isAll: neighbours.length < limit };
  }

  async #allThatPass(): Promise<number[]> {
    const all: number[] = [];
    for (;;) {
      const page = await this.#finder.clipIdsAfter(all.at(-1) ?? 0, this.#filter, EXACT_UP_TO);
      for (const clipId of page) all.push(clipId);
      if (page.length < EXACT_UP_TO) return all;
      // A page takes milliseconds of the event loop; requests get their turn in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function isEmpty(filter: SearchFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}
