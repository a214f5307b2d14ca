import { AppError } from '../../domain/errors.js';

/** A cursor over pickle bytes. Lengths are checked against what is left before anything is allocated. */
export class PickleReader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A length; beyond 2^53 it is inexact, and far beyond any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Floats alone are big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    const bytes = this.bytes(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new AppError('invalid-model', 'a string is not UTF-8', { cause });
    }
  }

  /** Two's complement, little-endian; a number where it fits, else a bigint. */
  integer(length: number): number | bigint {
    if (length > 64)
      throw new AppError('invalid-model', `an integer has ${length} bytes; at most 64 are accepted`);
    let value = 0n;
    const bytes = this.bytes(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    value = BigInt.asIntN(length * 8, value);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** Up to a line feed. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw new AppError('invalid-model', 'a line does not end');
    const text = this.utf8(end - this.position);
    this.position = end + 1;
    return text;
  }

  #advance(length: number): number {
    const start = this.position;
    if (length > this.#bytes.byteLength - start) {
      throw new AppError(
        'invalid-model',
        `${length} bytes are announced, but ${this.#bytes.byteLength - start} are left`,
      );
    }
    this.position += length;
    return start;
  }
}
