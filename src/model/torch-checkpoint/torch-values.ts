import { AppError } from '../../domain/errors.js';
import { elementCount, type TensorType } from '../tensor-type.js';
import {
  describeValue,
  GlobalName,
  PickleTuple,
  type PickleValue,
  TorchStorage,
  TorchTensor,
} from './pickle-values.js';

const storageTypes: ReadonlyMap<string, TensorType> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
]);

function invalid(message: string): AppError {
  return new AppError('invalid-model', message);
}

/** torch's persistent id: ("storage", torch.XStorage, key, device, element count). */
export function storageFromPersistentId(id: PickleValue): TorchStorage {
  const items = id instanceof PickleTuple ? id.items : [];
  const [tag, type, key, , count] = items;
  if (items.length !== 5 || tag !== 'storage' || typeof key !== 'string') {
    throw invalid(`a persistent id is ${describeValue(id)}, not one of torch's storages.`);
  }
  const elementType =
    type instanceof GlobalName && type.module === 'torch' ? storageTypes.get(type.name) : undefined;
  if (elementType === undefined) {
    throw invalid(
      `storage "${key}" is of ${describeValue(type)}; accepted are torch's ${[...storageTypes.keys()].join(', ')}.`,
    );
  }
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
    throw invalid(`storage "${key}" does not say how many elements it has.`);
  }
  return new TorchStorage(elementType, key, count);
}

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]). */
export function rebuildTensor({ items }: PickleTuple): TorchTensor {
  const [storage, offset, size, stride] = items;
  if (!(storage instanceof TorchStorage))
    throw invalid(`a tensor is made from ${describeValue(storage)}, not a storage.`);
  const label = `storage ${storage.key}`;
  const shape = naturalNumbers(label, size);
  const strides = naturalNumbers(label, stride);
  const [start] = naturalNumbers(label, new PickleTuple([offset ?? null])) as [number];
  if (shape.length !== strides.length) {
    throw invalid(`a tensor over ${label} has ${shape.length} sizes and ${strides.length} strides.`);
  }
  if (elementCount(label, shape) > 0) {
    const last = shape.reduce((at, size, axis) => at + (size - 1) * strides[axis]!, start);
    // Not `last >= count`: an overflow to infinity or a lost digit must fail too.
    if (!(Number.isSafeInteger(last) && last < storage.elementCount)) {
      throw invalid(
        `a tensor of shape [${shape.join(', ')}] reaches element ${last} of ${label}, which has ${storage.elementCount}.`,
      );
    }
  }
  return new TorchTensor(storage, start, shape, strides);
}

/** torch._utils._rebuild_parameter(data, requires_grad, hooks): the tensor itself. */
export function rebuildParameter({ items }: PickleTuple): TorchTensor {
  const [data] = items;
  if (!(data instanceof TorchTensor))
    throw invalid(`a parameter is made from ${describeValue(data)}, not a tensor.`);
  return data;
}

function naturalNumbers(label: string, value: PickleValue | undefined): number[] {
  const items = value instanceof PickleTuple ? value.items : undefined;
  const valid = items?.every(
    (item): item is number => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0,
  );
  if (items === undefined || !valid) {
    throw invalid(`a tensor over ${label} has sizes, strides or an offset that are no whole numbers from 0.`);
  }
  return items as number[];
}
