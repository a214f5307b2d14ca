import { deflateRawSync } from 'node:zlib';
import { encodeSafetensors } from '../../src/model/safetensors-writer.js';
import { bytesOf } from '../../src/model/tensor-type.js';
import {
  checkpointOf,
  modelPickle,
  pickle,
  pickleBytes,
  storage,
  tensor,
  zipOf,
} from '../support/hand-made-checkpoint.js';

export interface MadeCheckpoint {
  name: string;
  bytes: Uint8Array;
}

const { integer: i, long, string, tupleOf, global } = pickle;
const values = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const good = tensor(storage('FloatStorage', '0', i(6)), i(0), [i(2), i(3)], [i(3), i(1)]);
const withStorage = (data: Uint8Array) => checkpointOf(data, { 0: values });

/** Functions by which pickles run things, under every name they have. */
const RUNS = [
  ...['os.system', 'posix.system', 'nt.system', 'os.popen', 'os.execv', 'os.spawnl', 'os.posix_spawn'],
  ...[
    'subprocess.run',
    'subprocess.call',
    'subprocess.check_output',
    'subprocess.Popen',
    'subprocess.getoutput',
  ],
  ...[
    'builtins.eval',
    'builtins.exec',
    'builtins.compile',
    'builtins.open',
    'builtins.getattr',
    'builtins.__import__',
  ],
  ...['__builtin__.eval', '__builtin__.exec', '__builtin__.apply', '__builtin__.execfile'],
  ...[
    'importlib.import_module',
    'runpy.run_path',
    'runpy._run_code',
    'pty.spawn',
    'shutil.rmtree',
    'socket.create_connection',
  ],
  ...[
    'ctypes.CDLL',
    'code.InteractiveInterpreter',
    'timeit.timeit',
    'trace.Trace',
    'cProfile.run',
    'pdb.run',
    'bdb.Bdb',
  ],
  ...['webbrowser.open', 'urllib.request.urlopen', 'pip.main', 'pydoc.pipepager', 'multiprocessing.Process'],
  ...[
    'operator.attrgetter',
    'operator.methodcaller',
    'marshal.loads',
    'pickle.loads',
    'dill.loads',
    'asyncio.run',
  ],
  ...[
    'torch.storage._load_from_bytes',
    'torch.hub.load',
    'torch.utils.cpp_extension.load',
    'numpy.testing._private.utils.runstring',
  ],
  ...['commands.getoutput', 'concurrent.futures.ThreadPoolExecutor', 'logging.config.listen', 'requests.get'],
];

/** Ways a pickle comes by a function and calls it. */
const CALLS: Record<string, (module: string, name: string, argument: string) => string> = {
  'GLOBAL and REDUCE': (module, name, argument) => `${global(module, name)}${tupleOf(argument)}R`,
  'STACK_GLOBAL and REDUCE': (module, name, argument) =>
    `${string(module)}${string(name)}\x93${tupleOf(argument)}R`,
  NEWOBJ: (module, name, argument) => `${global(module, name)}${tupleOf(argument)}\x81`,
};

function callers(canary: string): MadeCheckpoint[] {
  const argument = string(`touch ${canary}`);
  return RUNS.flatMap((path) => {
    const dot = path.lastIndexOf('.');
    return Object.entries(CALLS).map(([way, call]) => ({
      name: `${path} by ${way}`,
      bytes: withStorage(
        pickleBytes(
          `}(${string('model')}}(${string('weight')}${good}u${string('x')}${call(path.slice(0, dot), path.slice(dot + 1), argument)}u`,
        ),
      ),
    }));
  });
}

/** BUILD and SETITEM on what is no record, memo tricks, opcodes nobody needs. */
function pickleTricks(canary: string): MadeCheckpoint[] {
  const python = string(`open("${canary}", "w")`);
  const tricks: Record<string, string> = {
    'BUILD that sets __setstate__ to a function': `${global('my', 'Class')})\x81}(${string('__setstate__')}${global('os', 'system')}ub${string(`touch ${canary}`)}b`,
    'BUILD of __dict__ through getattr': `${global('builtins', 'getattr')}${tupleOf(global('my', 'Class'), string('__init__'))}R}b`,
    'a function fetched from the memo': `${global('os', 'system')}q\x000h\x00${tupleOf(python)}R`,
    'a name walked through torch': `${global('torch', 'serialization.os.system')}${tupleOf(python)}R`,
    'a name put together by STACK_GLOBAL from the memo': `${string('os')}q\x000${string('system')}q\x010h\x00h\x01\x93${tupleOf(python)}R`,
    INST: `(${python}iposix\nsystem\n`,
    OBJ: `(${global('my', 'Class')}${python}o`,
    EXT1: '\x82\x01',
    'the opcodes of protocol 0': "cmy.code\nClass\n(S'touch'\ntR",
    'REDUCE of a string': `${python}${tupleOf(python)}R`,
    'REDUCE of a dict': `}${tupleOf(python)}R`,
    'a persistent id that is an address': `${string('http://127.0.0.1/model')}Q`,
    'a persistent id that is a path': `${string('file:///etc/passwd')}Q`,
    'a frame longer than the file': `\x95\xff\xff\xff\xff\xff\xff\xff\x7f`,
    'a string longer than the file': 'X\xff\xff\xff\x7f',
    'an integer of gigabytes': '\x8b\xff\xff\xff\x7f',
    'more operations than any checkpoint has': 'N0'.repeat(600_000),
    'a stack that underflows': '\x85\x85R',
    'a memo entry far away': `Nr\xff\xff\xff\x7f`,
    'an endless line': `c${'m'.repeat(5000)}\nx\n`,
  };
  return Object.entries(tricks).map(([name, code]) => ({ name, bytes: withStorage(pickleBytes(code)) }));
}

/** Tensors that reach outside their storage, overlap beyond reason, or claim more than there is. */
function tensorTricks(): MadeCheckpoint[] {
  const over = (sizes: string[], strides: string[], offset = i(0), count = i(6), type = 'FloatStorage') =>
    withStorage(modelPickle({ weight: tensor(storage(type, '0', count), offset, sizes, strides) }));
  const elsewhere = (key: string) =>
    withStorage(modelPickle({ weight: tensor(storage('FloatStorage', key, i(6)), i(0), [i(1)], [i(1)]) }));
  return Object.entries({
    'one element too many': over([i(7)], [i(1)]),
    'an offset beyond the end': over([i(3)], [i(1)], i(4)),
    'a stride beyond the end': over([i(2), i(2)], [i(5), i(1)]),
    'a negative offset': over([i(2)], [i(1)], i(-1)),
    'a negative stride': over([i(2)], [i(-1)], i(3)),
    'a negative size': over([i(-2)], [i(1)]),
    'a shape whose product overflows': over([long(2n ** 40n), long(2n ** 40n)], [i(0), i(0)]),
    'a stride that overflows': over([long(2n ** 30n), i(2)], [long(2n ** 52n), i(1)]),
    'terabytes of one element': over([long(2n ** 40n)], [i(0)]),
    'a storage that says more than it has': over([i(6)], [i(1)], i(0), i(7)),
    'a storage of terabytes': over([i(6)], [i(1)], i(0), long(2n ** 42n)),
    'a storage of wider elements': over([i(6)], [i(1)], i(0), i(6), 'DoubleStorage'),
    'a storage of an unknown type': over([i(6)], [i(1)], i(0), i(6), 'QUInt8Storage'),
    'sizes without strides': over([i(2), i(3)], [i(1)]),
    'a storage named by a path': elsewhere('../../../../etc/passwd'),
    'a storage named by an absolute path': elsewhere('/etc/passwd'),
    'a storage that is not there': elsewhere('17'),
  }).map(([name, bytes]) => ({ name, bytes }));
}

function zipTricks(): MadeCheckpoint[] {
  const data = { name: 'm/data.pkl', bytes: modelPickle({ weight: good }) };
  const weights = { name: 'm/data/0', bytes: values };
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  const whole = zipOf([data, weights]);
  return Object.entries({
    'a zip bomb for a pickle': zipOf([{ name: 'm/data.pkl', bytes: bomb, method: 8 }, weights]),
    'a zip bomb for weights': zipOf([data, { name: 'm/data/0', bytes: bomb, method: 8 }]),
    'an entry twice': zipOf([data, weights, { ...weights }]),
    'entries over one another': zipOf([data, { ...weights, headerOffset: 0, localName: data.name }]),
    'a length beyond the data': zipOf([data, { ...weights, claimedLength: 1 << 30 }]),
    'a length of 4 GB': zipOf([data, { ...weights, claimedLength: 0xffffffff }]),
    'another name inside': zipOf([data, { ...weights, localName: 'm/data/1' }]),
    'a name that climbs': zipOf([data, { ...weights, name: '../../etc/cron.d/x' }]),
    'an absolute name': zipOf([data, { ...weights, name: '/etc/cron.d/x' }]),
    'an encrypted entry': zipOf([data, { ...weights, flags: 1 }]),
    'a checksum that does not fit': zipOf([data, { ...weights, crc: 1 }]),
    'a pickle whose checksum does not fit': zipOf([{ ...data, crc: 1 }, weights]),
    'an entry beyond the end': zipOf([data, { ...weights, headerOffset: 0x7fffffff }]),
    'no directory': whole.subarray(0, -22),
    'half an archive': whole.subarray(0, whole.length / 2),
    'a program before the archive': Buffer.concat([Buffer.from('PK#!/bin/sh\n'), whole]),
    'two pickles': zipOf([data, { ...data, name: 'n/data.pkl' }, weights]),
    'code of TorchScript': zipOf([data, weights, { name: 'm/constants.pkl', bytes: data.bytes }]),
    'the other byte order': zipOf([data, weights, { name: 'm/byteorder', bytes: Buffer.from('big') }]),
  }).map(([name, bytes]) => ({ name: `zip: ${name}`, bytes }));
}

function safetensorsTricks(): MadeCheckpoint[] {
  const file = (header: unknown, dataBytes: number, length?: bigint) => {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const bytes = Buffer.alloc(8 + json.length + dataBytes);
    bytes.writeBigUInt64LE(length ?? BigInt(json.length));
    json.copy(bytes, 8);
    return bytes;
  };
  const f32 = (shape: unknown, start: unknown, end: unknown) => ({
    dtype: 'F32',
    shape,
    data_offsets: [start, end],
  });
  return Object.entries({
    'a header of 2^63 bytes': file({ a: f32([1], 0, 4) }, 4, 2n ** 63n),
    'a header of 4 GB': file({ a: f32([1], 0, 4) }, 4, 2n ** 32n),
    'a header cut in the middle': file({ a: f32([1], 0, 4) }, 4, 10n),
    'no object': file('{]', 4),
    'deep nesting': file(`{"a":${'['.repeat(200_000)}`, 0),
    'a name of megabytes': file(`{"${'x'.repeat(4_000_000)}":1}`, 0),
    'a negative size': file({ a: f32([-1], 0, 4) }, 4),
    'a fractional size': file({ a: f32([0.5], 0, 2) }, 2),
    'a shape that overflows': file({ a: f32([2 ** 40, 2 ** 40, 0], 0, 0) }, 0),
    'a shape of terabytes': file({ a: f32([2 ** 40], 0, 4) }, 4),
    'an end before its start': file({ a: f32([1], 8, 4) }, 8),
    'an end beyond the file': file({ a: f32([4], 0, 16) }, 8),
    'a negative offset': file({ a: f32([1], -4, 0) }, 4),
    'offsets as text': file({ a: f32([1], '0', '4') }, 4),
    'tensors over one another': file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
    'the same bytes twice': file({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4),
    'a hole': file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
    'bytes left over': file({ a: f32([1], 0, 4) }, 400),
    'a name twice': file(
      `{"a":${JSON.stringify(f32([1], 0, 4))},"\\u0061":${JSON.stringify(f32([1], 0, 4))}}`,
      4,
    ),
    'an unknown type': file({ a: { dtype: 'Q4', shape: [1], data_offsets: [0, 4] } }, 4),
    'an unknown field': file({ a: { ...f32([1], 0, 4), url: 'http://127.0.0.1/' } }, 4),
    'a field of every object': file(`{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, 4),
  }).map(([name, bytes]) => ({ name: `safetensors: ${name}`, bytes }));
}

function strangers(): MadeCheckpoint[] {
  return Object.entries({
    'a bare pickle': pickleBytes(`${global('os', 'system')}${tupleOf(string('id'))}R`),
    'a program': Buffer.from('\x7fELF\x02\x01\x01 and so on'),
    'a script': Buffer.from('#!/bin/sh\nid\n'),
    'a pointer to a file': Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    'an empty file': Buffer.alloc(0),
    'a page of HTML': Buffer.from('<!doctype html><title>404</title>'),
  }).map(([name, bytes]) => ({ name, bytes }));
}

/** Each is to be refused. */
export function hostileCheckpoints(canary: string): MadeCheckpoint[] {
  return [
    ...strangers(),
    ...pickleTricks(canary),
    ...tensorTricks(),
    ...zipTricks(),
    ...safetensorsTricks(),
    ...callers(canary),
  ];
}

/** Each is to be read: a guard that refused everything would be no guard. */
export function honestCheckpoints(): MadeCheckpoint[] {
  const easyDict = `${global('utils.easydict', 'EasyDict')})\x81(${string('lr')}${i(1)}u`;
  const trained = `}(${string('args')}${easyDict}${string('model')}}(${string('weight')}${good}uu`;
  const saved = encodeSafetensors([{ name: 'weight', type: 'F32', shape: [2, 3], bytes: () => values }]);
  return [
    { name: 'a state dict', bytes: withStorage(modelPickle({ weight: good })) },
    { name: 'a checkpoint of a trainer, with its options', bytes: withStorage(pickleBytes(trained)) },
    { name: 'safetensors', bytes: saved },
  ];
}
