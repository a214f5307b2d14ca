import { type GlobalName, PickleDict, type PickleTuple, type PickleValue } from './pickle-values.js';
import { rebuildParameter, rebuildTensor } from './torch-values.js';

/** The only callables with a meaning here: ours, pure, written in this folder. */
const knownCallables: ReadonlyMap<string, (args: PickleTuple) => PickleValue> = new Map<
  string,
  (args: PickleTuple) => PickleValue
>([
  ['collections.OrderedDict', () => new PickleDict()],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
]);

/**
 * Python modules whose names in a checkpoint can only mean an attack: they run code or reach processes, files or the
 * network. Nothing would run here either way; refusing tells the user what the file is before Python opens it.
 */
const hostileModules = new Set(
  (
    'os posix nt ntpath posixpath subprocess _posixsubprocess sys shutil importlib imp runpy pty socket _socket ssl ' +
    'ctypes _ctypes cffi commands popen2 multiprocessing threading _thread signal code codeop pdb bdb timeit trace ' +
    'cProfile profile webbrowser urllib urllib2 http httplib requests ftplib smtplib asyncio concurrent pip ' +
    'setuptools pydoc doctest pickle _pickle cPickle dill cloudpickle joblib marshal shelve operator _operator io ' +
    '_io tempfile glob fileinput linecache inspect gc builtins __builtin__ __builtins__'
  ).split(' '),
);

/** Data types among the builtins: naming them is harmless. */
const harmlessBuiltins = new Set(
  (
    'object set frozenset list dict tuple bytearray bytes complex int long float str unicode bool slice range xrange ' +
    'Ellipsis NotImplemented'
  ).split(' '),
);

/** Functions and lower-case classes that honest pickles call for data; recorded like any class. */
const recordedCallables = new Set(
  (
    'copyreg._reconstructor copy_reg._reconstructor copyreg.__newobj__ copyreg.__newobj_ex__ _codecs.encode ' +
    'functools.partial numpy.dtype numpy.core.multiarray.scalar numpy.core.multiarray._reconstruct ' +
    'numpy._core.multiarray.scalar numpy._core.multiarray._reconstruct numpy._core.numeric._frombuffer ' +
    'numpy.core.numeric._frombuffer numpy.random._pickle.__randomstate_ctor datetime.datetime datetime.date ' +
    'datetime.time datetime.timedelta datetime.timezone collections.deque collections.defaultdict torch.device ' +
    'torch.serialization._get_layout torch._tensor._rebuild_from_type_v2 torch._utils._rebuild_tensor ' +
    'torch._utils._rebuild_tensor_v3 torch._utils._rebuild_sparse_tensor torch._utils._rebuild_qtensor ' +
    'torch._utils._rebuild_parameter_with_state torch._utils._rebuild_device_tensor_from_numpy'
  ).split(' '),
);

export function knownCallable(name: GlobalName): ((args: PickleTuple) => PickleValue) | undefined {
  return knownCallables.get(name.toString());
}

/** Whether a name alone is reason to refuse the file. */
export function isHostileName({ module, name }: GlobalName): boolean {
  const root = module.split('.')[0]!;
  if (root === 'builtins' || root === '__builtin__') return !harmlessBuiltins.has(name);
  // A dotted name walks through attributes: ("torch.serialization", "os.system") is os.system.
  return [root, ...name.split('.').slice(0, -1)].some((part) => hostileModules.has(part));
}

/**
 * Whether calling this name may be kept as an inert record. Classes may (PEP 8 gives them a capital letter), and so
 * may the functions listed above; a call of any other function is no way to store a model.
 */
export function mayBeRecorded(name: GlobalName): boolean {
  const last = name.name.slice(name.name.lastIndexOf('.') + 1);
  const isBuiltinType = /^(builtins|__builtin__)$/.test(name.module) && harmlessBuiltins.has(name.name);
  return /^_*\p{Lu}/u.test(last) || isBuiltinType || recordedCallables.has(name.toString());
}
