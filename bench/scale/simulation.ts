import TinyQueue from 'tinyqueue';

interface Event {
  atSeconds: number;
  order: number;
  happen: () => void;
}

/**
 * Discrete events on a clock of its own. Events of one moment happen in the order they were asked for, so a seed gives one
 * history and no other.
 */
export class Simulation {
  #nowSeconds = 0;
  #order = 0;
  readonly #events = new TinyQueue<Event>(
    [],
    (left, right) => left.atSeconds - right.atSeconds || left.order - right.order,
  );

  get nowSeconds(): number {
    return this.#nowSeconds;
  }

  at(atSeconds: number, happen: () => void): void {
    this.#events.push({ atSeconds: Math.max(atSeconds, this.#nowSeconds), order: this.#order++, happen });
  }

  after(seconds: number, happen: () => void): void {
    this.at(this.#nowSeconds + seconds, happen);
  }

  /** Until nothing is left to happen, or the clock stands at `untilSeconds`. */
  run(untilSeconds = Number.POSITIVE_INFINITY): void {
    for (let next = this.#events.peek(); next !== undefined; next = this.#events.peek()) {
      if (next.atSeconds > untilSeconds) break;
      this.#events.pop();
      this.#nowSeconds = next.atSeconds;
      next.happen();
    }
    if (Number.isFinite(untilSeconds)) this.#nowSeconds = untilSeconds;
  }
}
