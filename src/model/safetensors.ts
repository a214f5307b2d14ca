import { AppError } from '../domain/errors.js';
import { type ByteSource, bytesInMemory, openByteSource } from './byte-source.js';
import type { Checkpoint } from './checkpoint.js';
import { parseSafetensorsHeader, type SafetensorsEntry } from './safetensors-header.js';
import { type TensorInfo, toFloat32 } from './tensor-type.js';

/** The reference implementation's own cap on the header. */
const maxHeaderBytes = 100_000_000;

/** A safetensors file, its header checked, its tensors read one by one when asked for. */
export class SafetensorsFile implements Checkpoint {
  readonly name: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly #dataStart: number;

  /** @throws AppError `invalid-model` when the header is not what the format says. */
  constructor(source: ByteSource) {
    if (source.byteLength < 8) {
      throw new AppError(
        'invalid-model',
        `${source.name} has ${source.byteLength} bytes; a safetensors file has at least 8.`,
      );
    }
    const lengthBytes = source.read(0, 8);
    const headerLength = Number(
      new DataView(lengthBytes.buffer, lengthBytes.byteOffset, 8).getBigUint64(0, true),
    );
    if (headerLength > maxHeaderBytes || headerLength > source.byteLength - 8) {
      throw new AppError(
        'invalid-model',
        `${source.name} announces a header of ${headerLength} bytes; at most ${Math.min(maxHeaderBytes, source.byteLength - 8)} are possible. It is no safetensors file, or truncated.`,
      );
    }
    this.#dataStart = 8 + headerLength;
    const { metadata, entries } = parseSafetensorsHeader(
      decodeUtf8(source.read(8, headerLength), source.name),
      source.byteLength - this.#dataStart,
      source.name,
    );
    this.name = source.name;
    this.#source = source;
    this.metadata = metadata;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.tensors = this.#entries;
  }

  static fromBytes(bytes: Uint8Array, name?: string): SafetensorsFile {
    return new SafetensorsFile(bytesInMemory(bytes, name));
  }

  /** @throws AppError `file-not-found` or `invalid-model`. */
  static open(path: string, options: { followLinks?: boolean } = {}): SafetensorsFile {
    const source = openByteSource(path, options);
    try {
      return new SafetensorsFile(source);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /** The elements as they are stored, little-endian, row-major. */
  readBytes(name: string): Uint8Array {
    const { start, end } = this.#entry(name);
    return this.#source.read(this.#dataStart + start, end - start);
  }

  readTensorAsFloat32(name: string): Float32Array {
    return toFloat32(this.#entry(name).type, this.readBytes(name));
  }

  close(): void {
    this.#source.close();
  }

  #entry(name: string): SafetensorsEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      throw new AppError('invalid-model', `${this.#source.name} has no tensor "${name}".`);
    }
    return entry;
  }
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('invalid-model', `${file}: the safetensors header is not UTF-8.`, { cause });
  }
}
