import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { AppError } from '../../domain/errors.js';

/** hnswlib's header on a 64-bit machine: six size_t, two int, five eight-byte values. */
const HEADER_BYTES = 96;
const COUNT_OFFSET = 16;
const ELEMENT_BYTES_OFFSET = 24;
const LABEL_OFFSET_OFFSET = 32;
const DATA_OFFSET_OFFSET = 40;
const LINK_LENGTH_BYTES = 4;
/** Where an element says that it is marked as deleted, and how. */
const MARK_OFFSET = 2;
const DELETED = 0x01;
/** Bytes of elements read at once. */
const CHUNK_BYTES = 8 * 2 ** 20;

/**
 * Walks a file hnswlib wrote: header, elements, then for each element the length of its upper links and the links.
 * hnswlib reports success on a full disk, so this is how we know that all of it arrived.
 * @throws AppError `out-of-storage` when the file ends early or late.
 */
export async function assertWrittenWhole(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const expected = await expectedBytes(file, size);
    if (expected === size) return;
    throw new AppError('out-of-storage', `The index file ${path} was not written whole (${size} bytes).`, {
      hint: 'Free some space; nothing is lost, the index is made again from the catalog.',
    });
  } finally {
    await file.close();
  }
}

/** Where the walk ends; beyond `size` when something is missing. */
async function expectedBytes(file: FileHandle, size: number): Promise<number> {
  if (size < HEADER_BYTES) return HEADER_BYTES;
  const header = await readRange(file, 0, HEADER_BYTES);
  const count = readSize(header, COUNT_OFFSET);
  const linksStart = HEADER_BYTES + count * readSize(header, ELEMENT_BYTES_OFFSET);
  if (size < linksStart) return linksStart;
  const links = await readRange(file, linksStart, size - linksStart);
  let position = 0;
  for (let element = 0; element < count; element++) {
    if (position + LINK_LENGTH_BYTES > links.length) return linksStart + position + LINK_LENGTH_BYTES;
    position += LINK_LENGTH_BYTES + readLinkLength(links, position);
  }
  return linksStart + position;
}

export interface IndexElement {
  clipId: number;
  vector: Float32Array;
  isDead: boolean;
}

/**
 * What is in a file that hnswlib wrote and that is known to be whole, without the graph around it.
 * @yields every element, in the order they were added.
 */
export async function* readElements(path: string): AsyncGenerator<IndexElement> {
  const file = await open(path);
  try {
    const layout = await readLayout(file);
    for await (const { bytes } of elementsOf(file, layout)) {
      yield {
        clipId: readSize(bytes, layout.labelOffset),
        vector: vectorOf(bytes, layout),
        isDead: isDead(bytes),
      };
    }
  } finally {
    await file.close();
  }
}

/**
 * Marks elements as dead in a file that hnswlib wrote, as hnswlib marks them.
 * @returns how many it marked: those that were there and alive.
 */
export async function markDead(path: string, clipIds: ReadonlySet<number>): Promise<number> {
  const file = await open(path, 'r+');
  try {
    const layout = await readLayout(file);
    let marked = 0;
    for await (const { element, bytes } of elementsOf(file, layout)) {
      if (isDead(bytes) || !clipIds.has(readSize(bytes, layout.labelOffset))) continue;
      const mark = Buffer.of(bytes[MARK_OFFSET]! | DELETED);
      await file.write(mark, 0, 1, HEADER_BYTES + element * layout.elementBytes + MARK_OFFSET);
      marked++;
    }
    return marked;
  } finally {
    await file.close();
  }
}

/**
 * Overwrites the vectors of dead elements in a file that hnswlib wrote: nothing of a clip that was removed is in it any
 * more. Each gets the vector of a living neighbour, so that it still leads to where it led; since all get one at every
 * writing, none keeps that of a neighbour that has died, too.
 */
export async function eraseDeadVectors(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const layout = await readLayout(file);
    const dead = new Map<number, readonly number[]>();
    for await (const { element, bytes } of elementsOf(file, layout)) {
      if (isDead(bytes)) dead.set(element, lowestLinks(bytes));
    }
    const vectorBytes = layout.labelOffset - layout.dataOffset;
    const placeOf = (element: number) => HEADER_BYTES + element * layout.elementBytes + layout.dataOffset;
    for (const [element, links] of dead) {
      const living = links.find((link) => !dead.has(link));
      const vector =
        living === undefined
          ? Buffer.alloc(vectorBytes)
          : await readRange(file, placeOf(living), vectorBytes);
      await file.write(vector, 0, vectorBytes, placeOf(element));
    }
  } finally {
    await file.close();
  }
}

interface ElementLayout {
  count: number;
  elementBytes: number;
  labelOffset: number;
  /** Where the vector begins, which ends where the label does. */
  dataOffset: number;
}

async function readLayout(file: FileHandle): Promise<ElementLayout> {
  const header = await readRange(file, 0, HEADER_BYTES);
  return {
    count: readSize(header, COUNT_OFFSET),
    elementBytes: readSize(header, ELEMENT_BYTES_OFFSET),
    labelOffset: readSize(header, LABEL_OFFSET_OFFSET),
    dataOffset: readSize(header, DATA_OFFSET_OFFSET),
  };
}

/** @yields the bytes of each element: links of the lowest level, vector, label. */
async function* elementsOf(
  file: FileHandle,
  { count, elementBytes }: ElementLayout,
): AsyncGenerator<{ element: number; bytes: Buffer }> {
  const atOnce = Math.max(1, Math.floor(CHUNK_BYTES / elementBytes));
  for (let first = 0; first < count; first += atOnce) {
    const elements = Math.min(atOnce, count - first);
    const chunk = await readRange(file, HEADER_BYTES + first * elementBytes, elements * elementBytes);
    for (let order = 0; order < elements; order++) {
      const start = order * elementBytes;
      yield { element: first + order, bytes: chunk.subarray(start, start + elementBytes) };
    }
  }
}

function isDead(element: Buffer): boolean {
  return (element[MARK_OFFSET]! & DELETED) !== 0;
}

function vectorOf(element: Buffer, { dataOffset, labelOffset }: ElementLayout): Float32Array {
  // Copied, because a view of floats must start at a multiple of four bytes.
  return new Float32Array(new Uint8Array(element.subarray(dataOffset, labelOffset)).buffer);
}

/** Its neighbours on the level that has all elements: their number in two bytes, and from the fifth on the elements. */
function lowestLinks(element: Buffer): number[] {
  const isLittle = endianness() === 'LE';
  const links = isLittle ? element.readUInt16LE(0) : element.readUInt16BE(0);
  return Array.from({ length: links }, (_, order) =>
    readLinkLength(element, LINK_LENGTH_BYTES * (1 + order)),
  );
}

async function readRange(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, start + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes;
}

// The file is in the byte order of the machine that wrote it.
function readSize(bytes: Buffer, offset: number): number {
  return Number(endianness() === 'LE' ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
}

/** Four bytes that hold a length, or an element. */
function readLinkLength(bytes: Buffer, offset: number): number {
  return endianness() === 'LE' ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);
}
