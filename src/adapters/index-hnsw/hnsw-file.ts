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
  /** A view that is good until the next element is asked for. */
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
    const header = await readRange(file, 0, HEADER_BYTES);
    const count = readSize(header, COUNT_OFFSET);
    const elementBytes = readSize(header, ELEMENT_BYTES_OFFSET);
    const labelOffset = readSize(header, LABEL_OFFSET_OFFSET);
    const dataOffset = readSize(header, DATA_OFFSET_OFFSET);
    const atOnce = Math.max(1, Math.floor(CHUNK_BYTES / elementBytes));
    for (let first = 0; first < count; first += atOnce) {
      const elements = Math.min(atOnce, count - first);
      const bytes = await readRange(file, HEADER_BYTES + first * elementBytes, elements * elementBytes);
      for (let start = 0; start < bytes.length; start += elementBytes) {
        // Copied, because a view of floats must start at a multiple of four bytes.
        const data = new Uint8Array(bytes.subarray(start + dataOffset, start + labelOffset));
        yield {
          clipId: readSize(bytes, start + labelOffset),
          vector: new Float32Array(data.buffer),
          isDead: (bytes[start + MARK_OFFSET]! & DELETED) !== 0,
        };
      }
    }
  } finally {
    await file.close();
  }
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

function readLinkLength(bytes: Buffer, offset: number): number {
  return endianness() === 'LE' ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);
}
