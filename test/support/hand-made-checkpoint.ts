import { crc32 } from 'node:zlib';

/** Pickle pieces, to write by hand what no pickler would. */
export const pickle = {
  start: '\x80\x02',
  stop: '.',
  mark: '(',
  reduce: 'R',
  emptyDict: '}',
  emptyTuple: ')',
  setItems: 'u',
  tuple: 't',
  build: 'b',
  newObject: '\x81',
  persistentId: 'Q',
  global: (module: string, name: string) => `c${module}\n${name}\n`,
  string: (text: string) => `X${uint32(text.length)}${text}`,
  integer: (value: number) => `J${uint32(value)}`,
  /** LONG1 of eight bytes, for what BININT cannot hold. */
  long: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return `\x8a\x08${bytes.toString('latin1')}`;
  },
  tupleOf: (...items: string[]) => `(${items.join('')}t`,
};

function uint32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString('latin1');
}

/** A storage as torch refers to one. */
export function storage(type: string, key: string, count: string): string {
  const parts = [
    pickle.string('storage'),
    pickle.global('torch', type),
    pickle.string(key),
    pickle.string('cpu'),
    count,
  ];
  return `${pickle.tupleOf(...parts)}${pickle.persistentId}`;
}

/** A call of torch's own tensor builder; sizes and strides are pickled integers. */
export function tensor(storageCode: string, offset: string, sizes: string[], strides: string[]): string {
  const call = pickle.global('torch._utils', '_rebuild_tensor_v2');
  const hooks = `${pickle.global('collections', 'OrderedDict')})R`;
  return `${call}${pickle.tupleOf(storageCode, offset, pickle.tupleOf(...sizes), pickle.tupleOf(...strides), '\x89', hooks)}R`;
}

/** `{"model": {name: tensor, ...}}` */
export function modelPickle(tensors: Record<string, string>): Buffer {
  const items = Object.entries(tensors).map(([name, code]) => pickle.string(name) + code);
  return pickleBytes(`}(${pickle.string('model')}}(${items.join('')}uu`);
}

/** Wraps pickle code into a whole pickle; its characters are its bytes. */
export function pickleBytes(code: string): Buffer {
  return Buffer.from(`${pickle.start}${code}${pickle.stop}`, 'latin1');
}

export interface ZipPart {
  name: string;
  bytes: Uint8Array;
  /** To lie in the directory and the local header. */
  method?: number;
  crc?: number;
  claimedLength?: number;
  flags?: number;
  localName?: string;
  headerOffset?: number;
}

/** A zip archive of stored entries with whatever lies its parts ask for. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { bytes, method = 0, crc = crc32(bytes), claimedLength = bytes.byteLength, flags = 0 } = part;
    const localName = Buffer.from(part.localName ?? part.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(claimedLength, 18);
    local.writeUInt32LE(claimedLength, 22);
    local.writeUInt16LE(localName.length, 26);
    files.push(local, localName, Buffer.from(bytes));

    const name = Buffer.from(part.name);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(claimedLength, 20);
    central.writeUInt32LE(claimedLength, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(part.headerOffset ?? offset, 42);
    directory.push(central, name);
    offset += 30 + localName.length + bytes.byteLength;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, directoryBytes, end]);
}

/** A checkpoint as torch.save lays it out. */
export function checkpointOf(data: Uint8Array, storages: Record<string, Uint8Array> = {}): Buffer {
  return zipOf([
    { name: 'model/data.pkl', bytes: data },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `model/data/${key}`, bytes })),
  ]);
}
