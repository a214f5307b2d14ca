import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ZipPart, zipOf } from '../../../test/support/hand-made-checkpoint.js';
import { bytesInMemory } from '../byte-source.js';
import { ZipArchive } from './zip-archive.js';

const open = (bytes: Uint8Array) => new ZipArchive(bytesInMemory(bytes, 'a.pth'));
const hello: ZipPart = { name: 'm/data.pkl', bytes: Buffer.from('hello') };
const world: ZipPart = { name: 'm/data/0', bytes: Buffer.from('world!') };

/** The same archive behind zip64 records, its plain fields all ones. */
function withZip64(plain: Buffer, change: (record: Buffer) => void = () => {}): Buffer {
  const end = Buffer.from(plain.subarray(-22));
  const body = plain.subarray(0, -22);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(8)), 24);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(10)), 32);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
  change(record);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(body.length), 8);
  locator.writeUInt32LE(1, 16);
  end.fill(0xff, 8, 20);
  return Buffer.concat([body, record, locator, end]);
}

describe('ZipArchive', () => {
  it('reads stored entries, with zip64 records and without, and with a comment', () => {
    const plain = zipOf([hello, world]);
    const commented = Buffer.concat([plain, Buffer.from('note')]);
    commented.writeUInt16LE(4, plain.length - 2);
    for (const bytes of [plain, withZip64(plain), commented]) {
      const archive = open(bytes);
      expect([...archive.entries.keys()]).toEqual(['m/data.pkl', 'm/data/0']);
      expect(Buffer.from(archive.read('m/data/0')).toString()).toBe('world!');
    }
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'a name that is there twice',
      zipOf([hello, { ...world, name: hello.name }]),
      /"m\/data\.pkl" is there twice/,
    ],
    [
      'entries that overlap',
      zipOf([hello, { ...world, headerOffset: 0, localName: hello.name }]),
      /overlaps|does not match/,
    ],
    [
      'a length beyond the data',
      zipOf([hello, { ...world, claimedLength: 1000 }]),
      /reaches beyond the data/,
    ],
    [
      'a length of 4 GB without zip64',
      zipOf([{ ...hello, claimedLength: 0xffffffff }]),
      /lacks its zip64 sizes/,
    ],
    [
      'a local header of another name',
      zipOf([{ ...hello, localName: 'm/else.pkl' }]),
      /does not match its local header/,
    ],
    ['an entry beyond the end', zipOf([{ ...hello, headerOffset: 0x7fffffff }]), /lies beyond the data/],
    ['an encrypted entry', zipOf([{ ...hello, flags: 1 }]), /encrypted/],
    ['a truncated archive', zipOf([hello, world]).subarray(0, -5), /directory is missing/],
    [
      'bytes before the archive',
      Buffer.concat([Buffer.from('#!/bin/sh\n'), zipOf([hello])]),
      /does not end where/,
    ],
    ['an empty file', Buffer.alloc(0), /directory is missing/],
    [
      'two directory records that disagree',
      (() => {
        const bytes = withZip64(zipOf([hello, world]));
        bytes.writeUInt16LE(1, bytes.length - 12);
        return bytes;
      })(),
      /two zip directory records disagree/,
    ],
    [
      'a zip64 directory of 2^63 bytes',
      withZip64(zipOf([hello]), (record) => record.writeBigUInt64LE(2n ** 63n, 40)),
      /does not end where/,
    ],
    [
      'a billion entries',
      withZip64(zipOf([hello]), (record) => record.writeBigUInt64LE(10n ** 9n, 32)),
      /1000000000 zip entries/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(message);
    expect(() => open(bytes)).toThrow(expect.objectContaining({ code: 'invalid-model' }));
  });

  it('refuses to read what its checksum does not fit', () => {
    const archive = open(zipOf([{ ...hello, crc: 1 }]));
    expect(() => archive.read(hello.name)).toThrow(/checksum of entry "m\/data\.pkl"/);
  });

  it('expands nothing, so no zip bomb can go off', () => {
    const bomb = deflateRawSync(Buffer.alloc(10_000_000));
    const archive = open(zipOf([{ name: 'm/data.pkl', bytes: bomb, method: 8 }]));
    expect(() => archive.read('m/data.pkl')).toThrow(/compressed \(zip method 8\)/);
  });
});
