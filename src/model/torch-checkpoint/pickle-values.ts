/** What a pickle can hold here: plain data, torch tensors, and inert records of everything else. */
import type { TensorType } from '../tensor-type.js';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleSet
  | GlobalName
  | ObjectRecord
  | TorchStorage
  | TorchTensor;

export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A dict or OrderedDict. Keys compare as in a JavaScript Map: fine for strings, by identity for tuples. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

export class PickleSet {
  readonly items = new Set<PickleValue>();
}

/** A name the pickle asks Python to import. Only a name: nothing is imported. */
export class GlobalName {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What Python would have made by calling `callee`: kept as data, never made. */
export class ObjectRecord {
  readonly callee: GlobalName;
  readonly args: PickleTuple;
  state: PickleValue = null;
  /** What was appended to it (a subclass of list), or added (of set). */
  readonly items: PickleValue[] = [];
  /** What was set in it (a subclass of dict). */
  readonly entries = new Map<PickleValue, PickleValue>();

  constructor(callee: GlobalName, args: PickleTuple) {
    this.callee = callee;
    this.args = args;
  }
}

/** A run of elements in the archive, entry `data/KEY`; tensors may share one. */
export class TorchStorage {
  readonly type: TensorType;
  readonly key: string;
  readonly elementCount: number;

  constructor(type: TensorType, key: string, elementCount: number) {
    this.type = type;
    this.key = key;
    this.elementCount = elementCount;
  }
}

/** A view of a storage: element [i, j, ...] is at `offset + i * strides[0] + j * strides[1] + ...`. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** A few words for error messages; never the contents, which may be endless. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof GlobalName) return `the name "${value}"`;
  if (value instanceof ObjectRecord) return `an object of "${value.callee}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (typeof value === 'object') return `a ${value.constructor.name}`;
  return `a ${typeof value}`;
}
