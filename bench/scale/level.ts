import type { Simulation } from './simulation.js';

/** A number that steps up and down, and its mean over time. */
export class Level {
  readonly #simulation: Simulation;
  #value = 0;
  #greatest = 0;
  #sinceSeconds = 0;
  /** Of value over time, up to the last step. */
  #area = 0;
  #lastSeconds = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get greatest(): number {
    return this.#greatest;
  }

  get mean(): number {
    this.add(0);
    return this.#area / (this.#lastSeconds - this.#sinceSeconds);
  }

  add(step: number): void {
    const { nowSeconds } = this.#simulation;
    this.#area += this.#value * (nowSeconds - this.#lastSeconds);
    this.#lastSeconds = nowSeconds;
    this.#value += step;
    this.#greatest = Math.max(this.#greatest, this.#value);
  }

  /** Forgets what was, as after a time in which the queues fill. */
  restart(): void {
    this.add(0);
    this.#area = 0;
    this.#sinceSeconds = this.#lastSeconds;
    this.#greatest = this.#value;
  }
}
