/**
 * Which frames of a stream to let through, and which of the frames asked for a frame that came through is.
 *
 * A frame is known by its time, not by counting: a broken frame that the decoder leaves out must not shift those behind
 * it. The times of all frames divide the clock into cells, borders half way between neighbours; a frame that was asked
 * for is the first to arrive from the start of its cell on. If it cannot be decoded, the next one that can stands in
 * for it, as close as the damage allows.
 */
export class FrameSelection {
  readonly #times: Float64Array;
  readonly #indices: readonly number[];
  #served = 0;

  /**
   * @param times of all frames, ascending
   * @param indices distinct positions in `times`, ascending
   */
  constructor(times: Float64Array, indices: readonly number[]) {
    this.#times = times;
    this.#indices = indices;
  }

  /** How many of the indices have their frame. */
  get served(): number {
    return this.#served;
  }

  get isComplete(): boolean {
    return this.#served === this.#indices.length;
  }

  /** @returns the indices, ascending, that the frame of this time is for; often none or one. */
  take(time: number): number[] {
    const indices = this.#indices;
    let end = this.#served;
    while (end < indices.length && this.#cellStart(indices[end]!) <= time + ROUNDING_SECONDS) end++;
    // Frames of one and the same time come one by one.
    while (end - 1 > this.#served && this.#isSameTime(end - 2, end - 1)) end--;
    const taken = indices.slice(this.#served, end);
    this.#served = Math.max(this.#served, end);
    return taken;
  }

  #isSameTime(left: number, right: number): boolean {
    return this.#times[this.#indices[left]!] === this.#times[this.#indices[right]!];
  }

  #cellStart(index: number): number {
    if (index === 0) return Number.NEGATIVE_INFINITY;
    return (this.#times[index - 1]! + this.#times[index]!) / 2;
  }

  /**
   * The same choice as an expression for ffmpeg's `select` filter. It lets a frame through when none came through since
   * the start of the cell last asked for: previous < start(t), where start is a search tree over the clock, so that
   * each frame costs log(number of indices). Runs of consecutive indices are one branch that lets everything through.
   * @param offset seconds to add to times for the filter's clock
   */
  toExpression(offset: number): string {
    const indices = this.#indices;
    const cellStart = (index: number): number => Math.max(this.#cellStart(index) + offset, CLOCK_START);
    const branches: Branch[] = [{ from: CLOCK_START, start: NOTHING }];
    for (let first = 0, last = 0; first < indices.length; first = ++last) {
      while (last + 1 < indices.length && indices[last + 1] === indices[last]! + 1) last++;
      const lastIndex = indices[last]!;
      if (last === first) {
        branches.push({ from: cellStart(lastIndex), start: cellStart(lastIndex) });
        continue;
      }
      branches.push({ from: cellStart(indices[first]!), start: EVERYTHING });
      if (lastIndex + 1 < this.#times.length) {
        branches.push({ from: cellStart(lastIndex + 1), start: cellStart(lastIndex) });
      }
    }
    const start = searchTree(branches, 0, branches.length);
    return `lt(if(isnan(prev_selected_t),${NONE_YET},prev_selected_t),${start})`;
  }
}

/** The report of timestamps counts nanoseconds. */
const ROUNDING_SECONDS = 1e-9;

/*
 * Times for ffmpeg's expression, before and after all that a stream can have. Nothing < none yet < start of the clock,
 * so that the very first cell lets its frame through and no frame passes where none is asked for.
 */
const NOTHING = -3e15;
const NONE_YET = -2e15;
const CLOCK_START = -1e15;
const EVERYTHING = 1e15;

interface Branch {
  from: number;
  start: number;
}

/** An expression: the `start` of the last of branches[begin..end) whose `from` is not after t. */
function searchTree(branches: readonly Branch[], begin: number, end: number): string {
  if (end - begin === 1) return String(branches[begin]!.start);
  const middle = (begin + end) >> 1;
  const before = searchTree(branches, begin, middle);
  return `if(lt(t,${branches[middle]!.from}),${before},${searchTree(branches, middle, end)})`;
}
