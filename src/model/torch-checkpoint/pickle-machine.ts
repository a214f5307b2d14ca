import { AppError } from '../../domain/errors.js';
import { isHostileName, knownCallable, mayBeRecorded } from './pickle-globals.js';
import { pickleOpcodes } from './pickle-opcodes.js';
import { PickleReader } from './pickle-reader.js';
import {
  describeValue,
  GlobalName,
  ObjectRecord,
  PickleDict,
  PickleSet,
  PickleTuple,
  type PickleValue,
  TorchTensor,
} from './pickle-values.js';
import { storageFromPersistentId } from './torch-values.js';

/**
 * Every operation allocates a bounded amount, so this bounds memory. A checkpoint of 1,500 tensors with its optimizer
 * takes about 200,000.
 */
const maxOperations = 1_000_000;

/** Longest module or attribute name accepted; names go into error messages. */
const maxNameLength = 300;

/**
 * Reads a pickle as data. Nothing the pickle names is imported, looked up or called: a small closed table gives
 * meaning to torch's own tensors and to OrderedDict, everything else becomes an inert `ObjectRecord`, and a name
 * that could only do harm is refused. Values are shared, never expanded, so a pickle that Python would unfold to
 * gigabytes stays as small as its bytes.
 * @throws AppError `invalid-model` naming the file, the operation and its place.
 */
export function readPickle(bytes: Uint8Array, file: string): PickleValue {
  const machine = new PickleMachine(bytes);
  let place = 0;
  let operation = 'the first operation';
  try {
    for (let count = 0; machine.result === undefined; count++) {
      if (count === maxOperations)
        throw new AppError('invalid-model', `more than ${maxOperations} operations`);
      place = machine.reader.position;
      const code = machine.reader.uint8();
      const opcode = pickleOpcodes.get(code);
      operation = opcode?.name ?? `opcode 0x${code.toString(16).padStart(2, '0')}`;
      if (opcode === undefined) throw new AppError('invalid-model', 'it is not one that torch.save writes');
      opcode.run(machine);
    }
    return machine.result;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(
      'invalid-model',
      `${file}: its pickle is refused at ${operation}, byte ${place}: ${error.message}`,
      {
        cause: error,
        details: error.details,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      },
    );
  }
}

/** The stack and the memo, and what the opcodes do to them. */
export class PickleMachine {
  readonly reader: PickleReader;
  result: PickleValue | undefined;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array) {
    this.reader = new PickleReader(bytes);
  }

  setProtocol(version: number): void {
    if (version < 2 || version > 5) throw refused(`protocol ${version}; accepted are 2 to 5`);
  }

  stop(): void {
    const [value] = this.popMany(1);
    if (this.#stack.length > 0 || this.#marks.length > 0) throw refused('the stack is not empty at the end');
    this.result = value;
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  top(): PickleValue {
    if (this.#stack.length <= this.#floor) throw refused('the stack is empty');
    return this.#stack[this.#stack.length - 1]!;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  popMany<N extends 1 | 2 | 3>(count: N): PoppedValues[N] {
    if (this.#stack.length - this.#floor < count) throw refused('the stack is empty');
    return this.#stack.splice(-count) as PoppedValues[N];
  }

  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw refused('there is no mark');
    return this.#stack.splice(mark);
  }

  /** POP also takes away a mark that lies on top. */
  popAny(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.popMany(1);
  }

  append(items: PickleValue[]): void {
    const target = this.top();
    if (target instanceof PickleSet) for (const item of items) target.items.add(item);
    else {
      const list = target instanceof ObjectRecord ? target.items : target;
      if (!Array.isArray(list)) throw refused(`cannot append to ${describeValue(target)}`);
      for (const item of items) list.push(item);
    }
  }

  setItems(pairs: PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof PickleDict || target instanceof ObjectRecord)) {
      throw refused(`cannot set items of ${describeValue(target)}`);
    }
    if (pairs.length % 2 !== 0) throw refused('a key has no value');
    for (let i = 0; i < pairs.length; i += 2) target.entries.set(pairs[i]!, pairs[i + 1]!);
  }

  get memoSize(): number {
    return this.#memo.size;
  }

  memoize(key: number): void {
    this.#memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw refused(`nothing is remembered under ${key}`);
    this.push(value);
  }

  expectString(value: PickleValue): string {
    if (typeof value !== 'string') throw refused(`a name is ${describeValue(value)}`);
    return value;
  }

  pushGlobal(name: GlobalName): void {
    if (name.module.length > maxNameLength || name.name.length > maxNameLength)
      throw refused('a name is too long');
    if (isHostileName(name)) throw hostile(name, 'names');
    this.push(name);
  }

  call(callee: PickleValue, args: PickleValue): void {
    const name = expectName(callee);
    const known = knownCallable(name);
    if (known === undefined && !mayBeRecorded(name)) throw hostile(name, 'calls');
    const operands = expectTuple(args);
    this.push(known === undefined ? new ObjectRecord(name, operands) : known(operands));
  }

  /** NEWOBJ: cls.__new__(cls, *args), for classes only. */
  create(callee: PickleValue, args: PickleValue): void {
    const name = expectName(callee);
    if (knownCallable(name) === undefined && !mayBeRecorded(name)) throw hostile(name, 'creates');
    const operands = expectTuple(args);
    this.push(
      name.toString() === 'collections.OrderedDict' ? new PickleDict() : new ObjectRecord(name, operands),
    );
  }

  /** Attributes: kept on a record; those of a dict or tensor (state_dict's `_metadata`) mean nothing here. */
  build(state: PickleValue): void {
    const target = this.top();
    if (target instanceof ObjectRecord) target.state = state;
    else if (!(target instanceof PickleDict || target instanceof TorchTensor)) {
      throw refused(`${describeValue(target)} has no attributes`);
    }
  }

  pushStorage(persistentId: PickleValue): void {
    this.push(storageFromPersistentId(persistentId));
  }

  /** Values below the last mark belong to somebody else. */
  get #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }
}

interface PoppedValues {
  1: [PickleValue];
  2: [PickleValue, PickleValue];
  3: [PickleValue, PickleValue, PickleValue];
}

function refused(message: string): AppError {
  return new AppError('invalid-model', message);
}

function hostile(name: GlobalName, verb: 'names' | 'calls' | 'creates'): AppError {
  return new AppError(
    'invalid-model',
    `it ${verb} "${name}", which no model needs. Nothing was run; do not open this file with torch.load.`,
    {
      details: { name: name.toString() },
      hint: 'If you trust where it came from, save only model.state_dict() with torch.save and import that.',
    },
  );
}

function expectName(value: PickleValue): GlobalName {
  if (!(value instanceof GlobalName))
    throw refused(`it calls ${describeValue(value)}; only a name can be called`);
  return value;
}

function expectTuple(value: PickleValue): PickleTuple {
  if (!(value instanceof PickleTuple)) throw refused(`arguments are ${describeValue(value)}, not a tuple`);
  return value;
}
