import { AppError } from '../domain/errors.js';
import {
  bytesPerElement,
  elementCount,
  isTensorType,
  type TensorInfo,
  tensorTypeNames,
} from './tensor-type.js';

/** A tensor of a safetensors file; offsets count from the first byte after the header. */
export interface SafetensorsEntry extends TensorInfo {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes. */
  readonly entries: readonly SafetensorsEntry[];
}

/** Names go into error messages. */
const maxNameLength = 1000;

/**
 * Reads and checks a header: known types, sizes that fit the shapes, and ranges that cover the data exactly, without
 * overlap or hole, so that every byte of the file has one meaning.
 * Format: huggingface/safetensors, "Format" in its README.
 * @param text the JSON of the header
 * @param dataLength bytes that follow the header
 * @throws AppError `invalid-model` naming the file and the tensor.
 */
export function parseSafetensorsHeader(text: string, dataLength: number, file: string): SafetensorsHeader {
  const fail = (message: string): never => {
    throw new AppError('invalid-model', `${file}: ${message}`);
  };
  const root = parseObject(text, file);
  const metadata = new Map<string, string>();
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(root)) {
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(
        isRecord(value) ? value : fail('__metadata__ is no object.'),
      )) {
        metadata.set(key, typeof text === 'string' ? text : fail(`metadata "${key}" is no string.`));
      }
    } else {
      if (name.length > maxNameLength) fail(`a tensor has a name of ${name.length} characters.`);
      entries.push(parseEntry(name, value, file));
    }
  }

  const repeated = repeatedTopLevelKey(text);
  if (repeated !== undefined) fail(`tensor "${repeated}" is listed twice.`);

  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const { name, start, end } of entries) {
    if (start < covered) fail(`tensor "${name}" overlaps the tensor before it.`);
    if (start > covered) fail(`${start - covered} bytes before tensor "${name}" belong to no tensor.`);
    covered = end;
  }
  if (covered > dataLength) {
    fail(`its tensors need ${covered} bytes, but ${dataLength} follow the header; the file is truncated.`);
  }
  if (covered < dataLength) fail(`${dataLength - covered} bytes at its end belong to no tensor.`);
  return { metadata, entries };
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid-model', `${file}: the safetensors header is not valid JSON.`, { cause });
  }
  if (!isRecord(root))
    throw new AppError('invalid-model', `${file}: the safetensors header is no JSON object.`);
  return root;
}

function parseEntry(name: string, value: unknown, file: string): SafetensorsEntry {
  const fail = (message: string): never => {
    throw new AppError('invalid-model', `${file}: tensor "${name}" ${message}`);
  };
  if (!isRecord(value)) return fail('is described by something else than an object.');
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) fail(`has an unknown field "${unknown}".`);
  if (!isTensorType(dtype)) {
    return fail(`has type ${JSON.stringify(dtype)}; accepted are ${tensorTypeNames.join(', ')}.`);
  }
  if (!isNumbers(shape)) return fail('has no shape.');
  if (!isNumbers(offsets) || offsets.length !== 2) return fail('has no data_offsets [start, end].');
  const [start, end] = offsets as [number, number];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    return fail(`has data_offsets [${start}, ${end}]; they must be whole numbers, start before end.`);
  }
  const byteLength = elementCount(name, shape) * bytesPerElement(dtype);
  if (end - start !== byteLength) {
    return fail(
      `of type ${dtype} and shape [${shape.join(', ')}] needs ${byteLength} bytes, not ${end - start}.`,
    );
  }
  return { name, type: dtype, shape, start, end };
}

/** JSON.parse keeps the last of two equal keys without a word; two readers could then see two different models. */
function repeatedTopLevelKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  // A scan, not a regular expression: those overflow their stack on a name of some megabytes.
  for (let position = 0; position < json.length; position++) {
    const character = json[position];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const start = position++;
      while (json[position] !== '"') position += json[position] === '\\' ? 2 : 1;
      if (depth !== 1) continue;
      // At depth 1 every string is a key: parseObject saw an object, and parseEntry refuses values that are strings.
      const key = JSON.parse(json.slice(start, position + 1)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
