const PAGE_BYTES = 4096;

type Damage = (bytes: Buffer, random: () => number) => Buffer;

const somewhere = (bytes: Buffer, random: () => number): number => Math.floor(random() * bytes.length);

function flipBits(count: number): Damage {
  return (bytes, random) => {
    const damaged = Buffer.from(bytes);
    for (let flip = 0; flip < count; flip++)
      damaged[somewhere(bytes, random)]! ^= 1 << Math.floor(random() * 8);
    return damaged;
  };
}

/** What disks, memory and copying do to a file. */
const DAMAGES: Record<string, Damage> = {
  'one bit flipped': flipBits(1),
  'several bits flipped': flipBits(8),
  'a bit of the header flipped': (bytes, random) => {
    const damaged = Buffer.from(bytes);
    damaged[Math.floor(random() * Math.min(96, bytes.length))]! ^= 1 << Math.floor(random() * 8);
    return damaged;
  },
  'a page of zeros': (bytes, random) => {
    const damaged = Buffer.from(bytes);
    const start = Math.floor(somewhere(bytes, random) / PAGE_BYTES) * PAGE_BYTES;
    return damaged.fill(0, start, Math.min(start + PAGE_BYTES, damaged.length));
  },
  'a stretch of noise': (bytes, random) => {
    const damaged = Buffer.from(bytes);
    const start = somewhere(bytes, random);
    for (let at = start; at < Math.min(start + 64, bytes.length); at++)
      damaged[at] = Math.floor(random() * 256);
    return damaged;
  },
  'two pages exchanged': (bytes, random) => {
    const damaged = Buffer.from(bytes);
    const pages = Math.max(1, Math.floor(bytes.length / PAGE_BYTES));
    const [one, other] = [Math.floor(random() * pages), Math.floor(random() * pages)];
    bytes.copy(damaged, one * PAGE_BYTES, other * PAGE_BYTES, (other + 1) * PAGE_BYTES);
    bytes.copy(damaged, other * PAGE_BYTES, one * PAGE_BYTES, (one + 1) * PAGE_BYTES);
    return damaged;
  },
  'cut off': (bytes, random) => Buffer.from(bytes.subarray(0, somewhere(bytes, random))),
  'longer than it was': (bytes, random) =>
    Buffer.concat([bytes, bytes.subarray(0, 1 + somewhere(bytes, random))]),
  'a piece missing': (bytes, random) => {
    const start = somewhere(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + Math.floor(random() * 64))]);
  },
  'a piece twice': (bytes, random) => {
    const start = somewhere(bytes, random);
    return Buffer.concat([bytes.subarray(0, start + 1 + Math.floor(random() * 256)), bytes.subarray(start)]);
  },
};

/** The bytes with one kind of damage, which by chance may leave them as they were. */
export function damageBytes(bytes: Buffer, random: () => number): { kind: string; bytes: Buffer } {
  const kinds = Object.entries(DAMAGES);
  const [kind, damage] = kinds[Math.floor(random() * kinds.length)]!;
  return { kind, bytes: damage(bytes, random) };
}
