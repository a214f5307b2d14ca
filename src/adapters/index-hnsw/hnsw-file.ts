import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { endianness } from 'node:os';
import { AppError } from '../../domain/errors.js';

/** hnswlib's header on a 64-bit machine: six size_t, two int, five eight-byte values. */
const HEADER_BYTES = 96;
const COUNT_OFFSET = 16;
const ELEMENT_BYTES_OFFSET = 24;
const LINK_LENGTH_BYTES = 4;

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

/** Flushes a file, or the names in a folder, to the disk. */
export async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Bytes of a file, or undefined when there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}
