import { AppError } from '../../domain/errors.js';
import type { SafetensorsFile } from '../../model/safetensors.js';

/** The tensors of one case: a safetensors file, or those of it whose names start with `prefix`. */
export class CaseTensors {
  readonly #file: SafetensorsFile;
  readonly #prefix: string;

  constructor(file: SafetensorsFile, prefix = '') {
    this.#file = file;
    this.#prefix = prefix;
  }

  has(name: string): boolean {
    return this.#file.tensors.has(this.#prefix + name);
  }

  /**
   * The sizes of `name`, as many as `rank`.
   * @throws AppError `invalid-input` when the tensor is missing or has another rank.
   */
  shape(name: string, rank: number): number[] {
    const shape = this.#file.tensors.get(this.#prefix + name)?.shape;
    if (shape === undefined) {
      throw new AppError('invalid-input', `The case has no tensor ${this.#prefix}${name}.`);
    }
    if (shape.length !== rank) {
      throw new AppError(
        'invalid-input',
        `Tensor ${this.#prefix}${name} has shape [${shape.join(', ')}]; ${rank} dimensions are expected.`,
      );
    }
    return [...shape];
  }

  /** @throws AppError `invalid-model` when the tensor is missing. */
  floats(name: string): Float32Array {
    return this.#file.readTensorAsFloat32(this.#prefix + name);
  }

  /** @throws AppError `invalid-model` when the tensor is missing. */
  bytes(name: string): Uint8Array {
    return this.#file.readBytes(this.#prefix + name);
  }
}

/** What names start with up to their first dot: the cases `0.`, `1.`, ... of a file that holds several, `` of one that does not. */
export function casePrefixes(file: SafetensorsFile): string[] {
  const prefixes = Array.from(file.tensors.keys(), (name) => name.slice(0, name.indexOf('.') + 1));
  return [...new Set(prefixes)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
