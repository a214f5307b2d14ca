import { damageBytes } from './damage-bytes.js';
import type { MediaClip } from './media-clips.js';

/** Numbers that counts, sizes and offsets are not made for. */
const EXTREMES = [0, 1, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, 0x0100_0000];
/** Boxes of MP4 and elements of Matroska and AVI whose numbers a reader relies on. */
const TELLING = [
  ...[
    'moov',
    'mvhd',
    'tkhd',
    'mdhd',
    'stsd',
    'stts',
    'ctts',
    'stsc',
    'stsz',
    'stco',
    'elst',
    'avcC',
    'hvcC',
    'dref',
    'trun',
  ],
  ...[
    'avih',
    'strh',
    'strf',
    'idx1',
    '\x1a\x45\xdf\xa3',
    '\x16\x54\xae\x6b',
    '\x1f\x43\xb6\x75',
    'FLV',
    'OggS',
    'IHDR',
    'acTL',
  ],
];

const pick = <Item>(items: readonly Item[], random: () => number): Item =>
  items[Math.floor(random() * items.length)]!;

type Mutation = (clip: MediaClip, clips: readonly MediaClip[], random: () => number) => Buffer;

const MUTATIONS: Record<string, Mutation> = {
  'damaged as disks do': ({ bytes }, _, random) => damageBytes(bytes, random).bytes,
  'a bit of the first bytes flipped': ({ bytes }, _, random) => {
    const damaged = Buffer.from(bytes);
    damaged[Math.floor(random() * Math.min(512, bytes.length))]! ^= 1 << Math.floor(random() * 8);
    return damaged;
  },
  'extreme numbers': ({ bytes }, _, random) => {
    const damaged = Buffer.from(bytes);
    for (let number = 0; number < 1 + random() * 4; number++) {
      damaged.writeUInt32BE(pick(EXTREMES, random), Math.floor(random() * Math.max(1, bytes.length - 4)));
    }
    return damaged;
  },
  'extreme numbers where they count': ({ bytes }, _, random) => {
    const damaged = Buffer.from(bytes);
    const places = TELLING.map((name) => bytes.indexOf(name, 0, 'latin1')).filter((at) => at >= 0);
    const at = (places.length === 0 ? 0 : pick(places, random)) - 4 + Math.floor(random() * 20) * 2;
    if (at >= 0 && at + 4 <= damaged.length) damaged.writeUInt32BE(pick(EXTREMES, random), at);
    return damaged;
  },
  'the beginning of one, the rest of another': ({ bytes }, clips, random) => {
    const other = pick(clips, random).bytes;
    const cut = Math.floor(random() * Math.min(bytes.length, other.length));
    return Buffer.concat([bytes.subarray(0, cut), other.subarray(cut)]);
  },
  'two behind each other': ({ bytes }, clips, random) => Buffer.concat([bytes, pick(clips, random).bytes]),
  'noise behind a sound beginning': ({ bytes }, _, random) => {
    const damaged = Buffer.from(bytes);
    for (let at = Math.floor(random() * bytes.length); at < bytes.length; at++)
      damaged[at] = Math.floor(random() * 256);
    return damaged;
  },
  'nothing but noise': (_, __, random) =>
    Buffer.from(Array.from({ length: 1 + Math.floor(random() * 4000) }, () => Math.floor(random() * 256))),
};

/** A clip made worse. */
export function mutate(clips: readonly MediaClip[], random: () => number): { kind: string; bytes: Buffer } {
  const [kind, mutation] = pick(Object.entries(MUTATIONS), random);
  return { kind, bytes: mutation(pick(clips, random), clips, random) };
}
