import { storedZip } from './stored-zip.js';

/**
 * A float32 tensor as `torch.save` writes it, and `torch.load(weights_only=True)` reads it: a ZIP archive with a pickle
 * that rebuilds the tensor from a storage beside it.
 * @param values row by row, as many as `shape` says.
 */
export function torchTensor(values: Float32Array, shape: readonly [rows: number, columns: number]): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return storedZip([
    ['archive/data.pkl', tensorPickle(values.length, shape)],
    ['archive/byteorder', Buffer.from('little')],
    ['archive/data/0', bytes],
    ['archive/version', Buffer.from('3\n')],
  ]);
}

/** Protocol 2: `torch._utils._rebuild_tensor_v2(storage, 0, shape, stride, False, OrderedDict())`. */
function tensorPickle(count: number, [rows, columns]: readonly [number, number]): Buffer {
  const storage = [
    MARK,
    text('storage'),
    global('torch', 'FloatStorage'),
    text('0'),
    text('cpu'),
    int(count),
    TUPLE,
  ];
  return Buffer.concat([
    Buffer.from([0x80, 2]),
    global('torch._utils', '_rebuild_tensor_v2'),
    MARK,
    ...storage,
    PERSISTENT_ID,
    int(0),
    ...[int(rows), int(columns), PAIR],
    ...[int(columns), int(1), PAIR],
    FALSE,
    ...[global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE],
    TUPLE,
    REDUCE,
    STOP,
  ]);
}

const MARK = Buffer.from('(');
const TUPLE = Buffer.from('t');
const PAIR = Buffer.from([0x86]);
const EMPTY_TUPLE = Buffer.from(')');
const FALSE = Buffer.from([0x89]);
const REDUCE = Buffer.from('R');
const STOP = Buffer.from('.');
const PERSISTENT_ID = Buffer.from('Q');

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`);
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = 0x4a;
  bytes.writeInt32LE(value, 1);
  return bytes;
}
