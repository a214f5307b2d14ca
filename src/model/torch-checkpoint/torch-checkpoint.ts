import { AppError } from '../../domain/errors.js';
import type { ByteSource } from '../byte-source.js';
import type { Checkpoint } from '../checkpoint.js';
import { bytesPerElement, elementCount, type TensorInfo, toFloat32 } from '../tensor-type.js';
import { readPickle } from './pickle-machine.js';
import {
  ObjectRecord,
  PickleDict,
  type PickleValue,
  type TorchStorage,
  TorchTensor,
} from './pickle-values.js';
import { ZipArchive } from './zip-archive.js';

/** The pickle of a large checkpoint with optimizer is 1 MB. */
const maxPickleBytes = 64 * 2 ** 20;

/**
 * A stride of 0 repeats an element, so a few bytes can claim any shape; a tensor with more elements than its storage
 * is accepted only up to here.
 */
const maxRepeatedElements = 2 ** 22;

/** Where trainers put the weights, the usual first; else the file is a bare state dict. */
const stateDictKeys = ['model', 'module', 'state_dict', 'model_state_dict'];

/**
 * A checkpoint written by torch.save in its zip form (the default since PyTorch 1.6).
 * Tensors are read one by one, upcast to float32 and made contiguous.
 */
export class TorchCheckpoint implements Checkpoint {
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #source: ByteSource;
  readonly #archive: ZipArchive;
  readonly #prefix: string;
  readonly #tensors: ReadonlyMap<string, TorchTensor>;
  /** The storage read last: trainers that flatten parameters put all of them in one. */
  #lastStorage: { key: string; bytes: Uint8Array } | undefined;

  /** @throws AppError `invalid-model` when the file is damaged, hostile, or holds no tensors. */
  constructor(source: ByteSource) {
    this.name = source.name;
    this.#source = source;
    this.#archive = new ZipArchive(source);
    this.#prefix = this.#findPrefix();
    this.#checkByteOrder();
    this.#tensors = findStateDict(this.#readPickle(), this.name);
    for (const [name, tensor] of this.#tensors) this.#checkTensor(name, tensor);
    this.tensors = new Map(
      [...this.#tensors].map(([name, { storage, shape }]) => [name, { type: storage.type, shape }]),
    );
  }

  readTensorAsFloat32(name: string): Float32Array {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new AppError('invalid-model', `${this.name} has no tensor "${name}".`);
    return toFloat32(tensor.storage.type, contiguousBytes(tensor, this.#readStorage(tensor.storage)));
  }

  close(): void {
    this.#source.close();
  }

  /** torch puts everything into one folder named after the file it was saved to. */
  #findPrefix(): string {
    const pickles = [...this.#archive.entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
    if (pickles.length !== 1) {
      throw new AppError(
        'invalid-model',
        `${this.name} is a zip archive with ${pickles.length} entries NAME/data.pkl; a torch checkpoint has one.`,
      );
    }
    const prefix = pickles[0]!.slice(0, -'data.pkl'.length);
    if (this.#archive.entries.has(`${prefix}constants.pkl`)) {
      throw new AppError('invalid-model', `${this.name} is a TorchScript archive, not a checkpoint.`, {
        hint: 'Save the state dict instead: torch.save(module.state_dict(), "model.pth").',
      });
    }
    return prefix;
  }

  #checkByteOrder(): void {
    const entry = `${this.#prefix}byteorder`;
    if (!this.#archive.entries.has(entry)) return; // before PyTorch 2.1: always little
    const order = Buffer.from(this.#archive.read(entry)).toString('latin1');
    if (order !== 'little') {
      throw new AppError(
        'invalid-model',
        `${this.name} has byte order "${order.slice(0, 20)}"; accepted is "little".`,
      );
    }
  }

  #readPickle(): PickleValue {
    const entry = `${this.#prefix}data.pkl`;
    const { byteLength } = this.#archive.entries.get(entry)!;
    if (byteLength > maxPickleBytes) {
      throw new AppError(
        'invalid-model',
        `${this.name}: its pickle has ${byteLength} bytes; at most ${maxPickleBytes} are accepted.`,
      );
    }
    return readPickle(this.#archive.read(entry), this.name);
  }

  #checkTensor(name: string, { storage, shape }: TorchTensor): void {
    const expected = storage.elementCount * bytesPerElement(storage.type);
    const actual = this.#archive.entries.get(`${this.#prefix}data/${storage.key}`)?.byteLength;
    if (actual !== expected) {
      throw new AppError(
        'invalid-model',
        `${this.name}: tensor "${name}" needs ${expected} bytes in storage "${storage.key}", which ${actual === undefined ? 'is missing' : `has ${actual}`}.`,
      );
    }
    const count = elementCount(name, shape);
    if (count > storage.elementCount && count > maxRepeatedElements) {
      throw new AppError(
        'invalid-model',
        `${this.name}: tensor "${name}" of shape [${shape.join(', ')}] repeats ${storage.elementCount} stored elements ${count} times over; refused.`,
      );
    }
  }

  #readStorage(storage: TorchStorage): Uint8Array {
    if (this.#lastStorage?.key !== storage.key) {
      this.#lastStorage = {
        key: storage.key,
        bytes: this.#archive.read(`${this.#prefix}data/${storage.key}`),
      };
    }
    return this.#lastStorage.bytes;
  }
}

function findStateDict(root: PickleValue, file: string): Map<string, TorchTensor> {
  const entries = entriesOf(root);
  for (const key of stateDictKeys) {
    const tensors = tensorsOf(entries?.get(key));
    if (tensors.size > 0) return tensors;
  }
  const tensors = tensorsOf(root);
  if (tensors.size > 0) return tensors;
  throw new AppError(
    'invalid-model',
    `${file} holds no tensors under ${stateDictKeys.map((key) => `"${key}"`).join(', ')} or at its top.`,
    { hint: 'Save {"model": model.state_dict()} with torch.save.' },
  );
}

/** A dict, or an object of a class we do not know that behaves as one. */
function entriesOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> | undefined {
  return value instanceof PickleDict || value instanceof ObjectRecord ? value.entries : undefined;
}

function tensorsOf(value: PickleValue | undefined): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, item] of entriesOf(value) ?? []) {
    if (typeof name === 'string' && item instanceof TorchTensor) tensors.set(name, item);
  }
  // Distributed training wraps the model and so every name.
  const wrapper = 'module.';
  if (![...tensors.keys()].every((name) => name.startsWith(wrapper))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor]));
}

/** The tensor's elements in row-major order; a view of the storage where they already lie so. */
function contiguousBytes(tensor: TorchTensor, storage: Uint8Array): Uint8Array {
  const { shape, strides, offset } = tensor;
  const size = bytesPerElement(tensor.storage.type);
  const count = shape.reduce((a, b) => a * b, 1);
  if (isContiguous(shape, strides)) return storage.subarray(offset * size, (offset + count) * size);

  const result = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let element = offset;
  for (let target = 0; target < result.length; target += size) {
    for (let byte = 0; byte < size; byte++) result[target + byte] = storage[element * size + byte]!;
    // Count up like an odometer, last axis fastest.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      element += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      element -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
