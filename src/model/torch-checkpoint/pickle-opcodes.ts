import type { PickleMachine } from './pickle-machine.js';
import { GlobalName, PickleDict, PickleSet, PickleTuple } from './pickle-values.js';

export interface PickleOpcode {
  readonly name: string;
  run(machine: PickleMachine): void;
}

/** Bytes of a Python 2 string: one character each, so that none is lost. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/**
 * The opcodes Python's picklers of protocol 2 to 5 write, and so torch.save; what is not here is refused: the text
 * forms of protocol 0 (but GLOBAL), INST, OBJ, the extension registry, out-of-band buffers.
 * Meanings: CPython, Lib/pickletools.py.
 */
export const pickleOpcodes: ReadonlyMap<number, PickleOpcode> = new Map(
  Object.entries<(machine: PickleMachine) => void>({
    '\x80 PROTO': (m) => m.setProtocol(m.reader.uint8()),
    '\x95 FRAME': (m) => void m.reader.uint64(),
    '. STOP': (m) => m.stop(),

    '( MARK': (m) => m.mark(),
    '0 POP': (m) => m.popAny(),
    '1 POP_MARK': (m) => void m.popToMark(),
    '2 DUP': (m) => m.push(m.top()),

    'N NONE': (m) => m.push(null),
    '\x88 NEWTRUE': (m) => m.push(true),
    '\x89 NEWFALSE': (m) => m.push(false),
    'J BININT': (m) => m.push(m.reader.int32()),
    'K BININT1': (m) => m.push(m.reader.uint8()),
    'M BININT2': (m) => m.push(m.reader.uint16()),
    '\x8a LONG1': (m) => m.push(m.reader.integer(m.reader.uint8())),
    '\x8b LONG4': (m) => m.push(m.reader.integer(m.reader.uint32())),
    'G BINFLOAT': (m) => m.push(m.reader.float64()),

    'U SHORT_BINSTRING': (m) => m.push(latin1(m.reader.bytes(m.reader.uint8()))),
    'T BINSTRING': (m) => m.push(latin1(m.reader.bytes(m.reader.uint32()))),
    '\x8c SHORT_BINUNICODE': (m) => m.push(m.reader.utf8(m.reader.uint8())),
    'X BINUNICODE': (m) => m.push(m.reader.utf8(m.reader.uint32())),
    '\x8d BINUNICODE8': (m) => m.push(m.reader.utf8(m.reader.uint64())),
    'C SHORT_BINBYTES': (m) => m.push(m.reader.bytes(m.reader.uint8())),
    'B BINBYTES': (m) => m.push(m.reader.bytes(m.reader.uint32())),
    '\x8e BINBYTES8': (m) => m.push(m.reader.bytes(m.reader.uint64())),
    '\x96 BYTEARRAY8': (m) => m.push(m.reader.bytes(m.reader.uint64())),

    ') EMPTY_TUPLE': (m) => m.push(new PickleTuple([])),
    '\x85 TUPLE1': (m) => m.push(new PickleTuple(m.popMany(1))),
    '\x86 TUPLE2': (m) => m.push(new PickleTuple(m.popMany(2))),
    '\x87 TUPLE3': (m) => m.push(new PickleTuple(m.popMany(3))),
    't TUPLE': (m) => m.push(new PickleTuple(m.popToMark())),
    '] EMPTY_LIST': (m) => m.push([]),
    'l LIST': (m) => m.push(m.popToMark()),
    'a APPEND': (m) => m.append(m.popMany(1)),
    'e APPENDS': (m) => m.append(m.popToMark()),
    '} EMPTY_DICT': (m) => m.push(new PickleDict()),
    'd DICT': (m) => {
      const pairs = m.popToMark();
      m.push(new PickleDict());
      m.setItems(pairs);
    },
    's SETITEM': (m) => m.setItems(m.popMany(2)),
    'u SETITEMS': (m) => m.setItems(m.popToMark()),
    '\x8f EMPTY_SET': (m) => m.push(new PickleSet()),
    '\x90 ADDITEMS': (m) => m.append(m.popToMark()),
    '\x91 FROZENSET': (m) => {
      const items = m.popToMark();
      m.push(new PickleSet());
      m.append(items);
    },

    'h BINGET': (m) => m.recall(m.reader.uint8()),
    'j LONG_BINGET': (m) => m.recall(m.reader.uint32()),
    'q BINPUT': (m) => m.memoize(m.reader.uint8()),
    'r LONG_BINPUT': (m) => m.memoize(m.reader.uint32()),
    '\x94 MEMOIZE': (m) => m.memoize(m.memoSize),

    'c GLOBAL': (m) => m.pushGlobal(new GlobalName(m.reader.line(), m.reader.line())),
    '\x93 STACK_GLOBAL': (m) => {
      const [module, name] = m.popMany(2);
      m.pushGlobal(new GlobalName(m.expectString(module), m.expectString(name)));
    },
    'R REDUCE': (m) => {
      const [callee, args] = m.popMany(2);
      m.call(callee, args);
    },
    '\x81 NEWOBJ': (m) => {
      const [callee, args] = m.popMany(2);
      m.create(callee, args);
    },
    '\x92 NEWOBJ_EX': (m) => {
      const [callee, args, named] = m.popMany(3);
      m.create(callee, args);
      m.build(named);
    },
    'b BUILD': (m) => m.build(m.popMany(1)[0]),
    'Q BINPERSID': (m) => m.pushStorage(m.popMany(1)[0]),
  }).map(([key, run]) => [key.charCodeAt(0), { name: key.slice(2), run }]),
);
