import { crc32 } from 'node:zlib';

/** 1 January 1980, the earliest there is: the same content gives the same bytes. */
const DATE = 0x21;
const VERSION = 20;

/** A ZIP archive whose entries are stored as they are (APPNOTE.TXT 4.3, without ZIP64: below 4 GiB). */
export function storedZip(entries: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const nameBytes = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(VERSION, 0);
    facts.writeUInt16LE(DATE, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(content.byteLength, 14);
    facts.writeUInt32LE(content.byteLength, 18);
    facts.writeUInt16LE(nameBytes.byteLength, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, nameBytes, content]);

    const made = Buffer.alloc(2);
    made.writeUInt16LE(VERSION, 0);
    // Comment, disk and attributes: none; then where the entry is.
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02'), made, facts, rest, nameBytes]));
    locals.push(local);
    offset += local.byteLength;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.byteLength, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end]);
}
