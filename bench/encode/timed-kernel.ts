import type { BlockKernel } from '../../src/model/scan-operands.js';

/** A kernel that counts the time spent in it. */
export class TimedKernel implements BlockKernel {
  readonly #kernel: BlockKernel;
  operandsMs = 0;
  scanMs = 0;

  constructor(kernel: BlockKernel) {
    this.#kernel = kernel;
  }

  get name() {
    return this.#kernel.name;
  }

  get int8DotProduct() {
    return this.#kernel.int8DotProduct;
  }

  run(...call: Parameters<BlockKernel['run']>): void {
    const start = performance.now();
    this.#kernel.run(...call);
    this.scanMs += performance.now() - start;
  }

  makeOperands(...call: Parameters<BlockKernel['makeOperands']>): void {
    const start = performance.now();
    this.#kernel.makeOperands(...call);
    this.operandsMs += performance.now() - start;
  }

  reset(): void {
    this.operandsMs = 0;
    this.scanMs = 0;
  }
}
