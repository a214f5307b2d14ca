import { crc32 } from 'node:zlib';
import { AppError } from '../../domain/errors.js';
import type { ByteSource } from '../byte-source.js';

/** More than any checkpoint has, and few enough to list in memory. */
const maxEntries = 200_000;

interface ZipEntry {
  readonly name: string;
  /** 0 is stored. */
  readonly method: number;
  readonly crc: number;
  /** As it lies in the archive. */
  readonly byteLength: number;
  /** Where its local header starts. */
  readonly headerOffset: number;
}

interface PlacedEntry extends ZipEntry {
  readonly dataOffset: number;
}

interface CentralDirectory {
  readonly offset: number;
  readonly byteLength: number;
  readonly entryCount: number;
}

/**
 * A zip archive as torch.save writes it: entries stored without compression, zip64 records allowed. Compressed entries
 * are listed but not read, so there is nothing to expand: no archive can give more bytes than it has. Whatever two
 * readers might understand differently (repeated names, overlapping entries, a directory in an odd place, headers
 * that disagree) is refused. Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16.
 */
export class ZipArchive {
  /** Entry lengths in bytes by name. */
  readonly entries: ReadonlyMap<string, { readonly byteLength: number }>;
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, PlacedEntry>;

  /** @throws AppError `invalid-model` naming the file and the entry. */
  constructor(source: ByteSource) {
    this.#source = source;
    const directory = findCentralDirectory(source);
    this.#entries = placeEntries(source, directory, readDirectory(source, directory));
    this.entries = this.#entries;
  }

  /** The bytes of an entry, their checksum verified. */
  read(name: string): Uint8Array {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw invalid(this.#source, `it has no entry "${name}".`);
    if (entry.method !== 0) {
      throw new AppError(
        'invalid-model',
        `${this.#source.name}: entry "${name}" is compressed (zip method ${entry.method}); torch.save stores entries uncompressed.`,
        { hint: 'Load the file in PyTorch (weights_only=True) and write it again with torch.save.' },
      );
    }
    const bytes = this.#source.read(entry.dataOffset, entry.byteLength);
    if (crc32(bytes) !== entry.crc) {
      throw invalid(this.#source, `the checksum of entry "${name}" is wrong; the file is damaged.`);
    }
    return bytes;
  }
}

function invalid(source: ByteSource, message: string): AppError {
  return new AppError('invalid-model', `${source.name}: ${message}`);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const endRecordLength = 22;
const zip64LocatorLength = 20;
const zip64EndRecordLength = 56;

function findCentralDirectory(source: ByteSource): CentralDirectory {
  const tailLength = Math.min(source.byteLength, endRecordLength + 0xffff);
  const tailStart = source.byteLength - tailLength;
  const tail = view(source.read(tailStart, tailLength));
  for (let at = tailLength - endRecordLength; at >= 0; at--) {
    // The record ends with a comment that must reach exactly to the end of the file.
    const isEndRecord =
      tail.getUint32(at, true) === 0x06054b50 &&
      at + endRecordLength + tail.getUint16(at + 20, true) === tailLength;
    if (!isEndRecord) continue;
    if (tail.getUint16(at + 4, true) !== 0 || tail.getUint16(at + 6, true) !== 0) {
      throw invalid(source, 'the zip archive is split over several files.');
    }
    const plain: CentralDirectory = {
      entryCount: tail.getUint16(at + 10, true),
      byteLength: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
    const endRecordAt = tailStart + at;
    const wide = findZip64Directory(source, endRecordAt);
    return checkDirectory(source, plain, wide?.directory ?? plain, wide?.recordAt ?? endRecordAt);
  }
  throw invalid(source, 'its zip directory is missing; the file is truncated or no checkpoint.');
}

function findZip64Directory(
  source: ByteSource,
  endRecordAt: number,
): { directory: CentralDirectory; recordAt: number } | undefined {
  const locatorAt = endRecordAt - zip64LocatorLength;
  if (locatorAt < 0) return undefined;
  const locator = view(source.read(locatorAt, zip64LocatorLength));
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const recordAt = Number(locator.getBigUint64(8, true));
  const record = view(source.read(recordAt, zip64EndRecordLength));
  if (record.getUint32(0, true) !== 0x06064b50 || recordAt + zip64EndRecordLength !== locatorAt) {
    throw invalid(source, 'its zip64 directory record is not where it is said to be.');
  }
  const directory = {
    entryCount: Number(record.getBigUint64(32, true)),
    byteLength: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
  return { directory, recordAt };
}

function checkDirectory(
  source: ByteSource,
  plain: CentralDirectory,
  directory: CentralDirectory,
  end: number,
): CentralDirectory {
  // A plain field that is not all ones must agree with its zip64 twin.
  const disagrees =
    (plain.entryCount !== 0xffff && plain.entryCount !== directory.entryCount) ||
    (plain.byteLength !== 0xffffffff && plain.byteLength !== directory.byteLength) ||
    (plain.offset !== 0xffffffff && plain.offset !== directory.offset);
  if (disagrees) throw invalid(source, 'its two zip directory records disagree.');
  if (directory.offset + directory.byteLength !== end) {
    throw invalid(source, 'its zip directory does not end where the end record starts.');
  }
  if (directory.entryCount > maxEntries) {
    throw invalid(source, `it has ${directory.entryCount} zip entries; at most ${maxEntries} are accepted.`);
  }
  return directory;
}

function readDirectory(source: ByteSource, directory: CentralDirectory): ZipEntry[] {
  // Names and extra fields are short in any honest archive; this bounds what is read at once.
  if (directory.byteLength > directory.entryCount * 1024)
    throw invalid(source, 'its zip directory is too large.');
  const bytes = source.read(directory.offset, directory.byteLength);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < directory.entryCount; index++) {
    const header = view(bytes.subarray(at));
    if (header.byteLength < 46 || header.getUint32(0, true) !== 0x02014b50) {
      throw invalid(source, `entry ${index} of its zip directory is damaged.`);
    }
    const nameLength = header.getUint16(28, true);
    const extraLength = header.getUint16(30, true);
    const length = 46 + nameLength + extraLength + header.getUint16(32, true);
    if (length > header.byteLength)
      throw invalid(source, `entry ${index} of its zip directory is truncated.`);
    const name = decodeName(source, bytes.subarray(at + 46, at + 46 + nameLength));
    entries.push(readEntry(source, name, header, nameLength, extraLength));
    at += length;
  }
  if (at !== directory.byteLength) throw invalid(source, 'its zip directory has bytes left over.');
  return entries;
}

function readEntry(
  source: ByteSource,
  name: string,
  header: DataView,
  nameLength: number,
  extraLength: number,
): ZipEntry {
  if (header.getUint16(8, true) & 1) throw invalid(source, `entry "${name}" is encrypted.`);
  const method = header.getUint16(10, true);
  const sizes = widen(source, name, header, 46 + nameLength, extraLength);
  if (method === 0 && sizes.compressed !== sizes.expanded) {
    throw invalid(source, `entry "${name}" is stored, but its two sizes differ.`);
  }
  return {
    name,
    method,
    crc: header.getUint32(16, true),
    byteLength: sizes.compressed,
    headerOffset: sizes.headerOffset,
  };
}

/** Fields of 32 ones have their value in the zip64 extra field (id 1), in this order. */
function widen(source: ByteSource, name: string, header: DataView, extraStart: number, extraLength: number) {
  const fields = [header.getUint32(24, true), header.getUint32(20, true), header.getUint32(42, true)];
  const extraEnd = extraStart + extraLength;
  let at = extraStart;
  while (at + 4 <= extraEnd && header.getUint16(at, true) !== 1) at += 4 + header.getUint16(at + 2, true);
  const wideEnd = at + 4 <= extraEnd ? Math.min(extraEnd, at + 4 + header.getUint16(at + 2, true)) : at;
  at += 4;
  const [expanded, compressed, headerOffset] = fields.map((value) => {
    if (value !== 0xffffffff) return value;
    if (at + 8 > wideEnd) throw invalid(source, `entry "${name}" lacks its zip64 sizes.`);
    at += 8;
    return Number(header.getBigUint64(at - 8, true));
  }) as [number, number, number];
  return { expanded, compressed, headerOffset };
}

function decodeName(source: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('invalid-model', `${source.name}: a zip entry's name is not UTF-8.`, { cause });
  }
}

/** Finds each entry's data behind its local header and checks that no two entries share a byte. */
function placeEntries(
  source: ByteSource,
  directory: CentralDirectory,
  entries: readonly ZipEntry[],
): Map<string, PlacedEntry> {
  const placed = new Map<string, PlacedEntry>();
  let free = 0;
  for (const entry of [...entries].sort((a, b) => a.headerOffset - b.headerOffset)) {
    if (placed.has(entry.name)) throw invalid(source, `entry "${entry.name}" is there twice.`);
    if (entry.headerOffset < free) throw invalid(source, `entry "${entry.name}" overlaps another.`);
    if (entry.headerOffset + 30 > directory.offset) {
      throw invalid(source, `entry "${entry.name}" lies beyond the data.`);
    }
    const header = view(source.read(entry.headerOffset, 30));
    const nameLength = header.getUint16(26, true);
    const nameMatches =
      header.getUint32(0, true) === 0x04034b50 &&
      decodeName(source, source.read(entry.headerOffset + 30, nameLength)) === entry.name;
    if (!nameMatches || header.getUint16(8, true) !== entry.method) {
      throw invalid(source, `entry "${entry.name}" does not match its local header.`);
    }
    const dataOffset = entry.headerOffset + 30 + nameLength + header.getUint16(28, true);
    free = dataOffset + entry.byteLength;
    if (!(free <= directory.offset)) throw invalid(source, `entry "${entry.name}" reaches beyond the data.`);
    placed.set(entry.name, { ...entry, dataOffset });
  }
  return placed;
}
