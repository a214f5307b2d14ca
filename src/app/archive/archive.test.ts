import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import tar from 'tar-stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../../test/support/seeded-random.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { BlobFiles } from '../../adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../../adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteLibraryLoader } from '../../adapters/catalog-sqlite/sqlite-library-loader.js';
import { SqliteLibrarySnapshot } from '../../adapters/catalog-sqlite/sqlite-library-snapshot.js';
import { ExactIndex } from '../../adapters/index-exact/exact-index.js';
import { AppError } from '../../domain/errors.js';
import type { TransferredVideo } from '../../ports/library-transfer.js';
import { followCatalog } from '../follow-catalog.js';
import { exportLibrary } from './export-library.js';
import { importLibrary } from './import-library.js';

const MODEL = 'abc123';
const DIMENSION = 5;

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

interface Place {
  folder: string;
  database: string;
  blobs: BlobFiles;
}

async function place(): Promise<Place> {
  const folder = await temporaryFolder();
  return { folder, database: join(folder, 'videre.sqlite'), blobs: new BlobFiles(join(folder, 'blobs')) };
}

const vector = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 }), {
    minLength: DIMENSION,
    maxLength: DIMENSION,
  })
  .filter((values) => values.some((value) => value !== 0))
  .map((values) => Float32Array.from(values));

const clip = fc
  .record(
    {
      startSeconds: fc.double({ min: 0, max: 1000, noNaN: true }),
      length: fc.double({ min: 0, max: 60, noNaN: true }),
      vector,
      caption: fc.option(
        fc.record(
          { text: fc.string({ unit: 'binary' }), model: fc.string(), createdAtMs: fc.nat() },
          { noNullPrototype: true },
        ),
        { nil: undefined },
      ),
    },
    { noNullPrototype: true },
  )
  .map(({ startSeconds, length, ...rest }) => ({ ...rest, startSeconds, endSeconds: startSeconds + length }));

const video: fc.Arbitrary<TransferredVideo> = fc.record(
  {
    contentHash: fc.uuid().map(sha256),
    title: fc.string({ unit: 'grapheme' }),
    description: fc.string({ unit: 'grapheme' }),
    tags: fc.uniqueArray(fc.string()),
    metadata: fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()),
      { noNullPrototype: true },
    ),
    sourcePath: fc.string(),
    blobKey: fc.constant(null),
    sizeBytes: fc.nat(),
    container: fc.constant('mp4'),
    codec: fc.constant('h264'),
    width: fc.nat({ max: 8000 }),
    height: fc.nat({ max: 8000 }),
    durationSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    frameCount: fc.nat(),
    createdAtMs: fc.nat(),
    clips: fc.array(clip, { minLength: 1, maxLength: 4 }),
  },
  { noNullPrototype: true },
);

const videos = fc.uniqueArray(video, { selector: ({ contentHash }) => contentHash, maxLength: 5 });

async function fill({ database }: Place, content: readonly TransferredVideo[], model = MODEL): Promise<void> {
  const loader = SqliteLibraryLoader.open(database);
  for (const each of content) await loader.add(each, model);
  await loader.commit();
  await loader.close();
}

async function exported({ database, blobs }: Place, media = false): Promise<Buffer> {
  const snapshot = SqliteLibrarySnapshot.open(database);
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of exportLibrary(snapshot, blobs, { media, version: 'test' })) pieces.push(piece);
    return Buffer.concat(pieces);
  } finally {
    await snapshot.close();
  }
}

async function imported(target: Place, archive: Uint8Array, merge = false) {
  const path = join(target.folder, `${randomUUID()}.tar`);
  await writeFile(path, archive);
  const loader = SqliteLibraryLoader.open(target.database);
  try {
    return await importLibrary(path, { loader, blobs: target.blobs }, { merge });
  } finally {
    await loader.close();
  }
}

/** All that a library says, without what an import makes anew. */
async function contents({ database }: Place): Promise<unknown> {
  const snapshot = SqliteLibrarySnapshot.open(database);
  const found: unknown[] = [];
  for await (const { blobKey: _, ...each } of snapshot.videos()) found.push(each);
  await snapshot.close();
  return { videos: found, model: found.length === 0 ? undefined : snapshot.modelFingerprint };
}

/** What a search finds: times and exact scores, best first. */
async function searched({ database }: Place, query: Float32Array): Promise<unknown> {
  const catalog = new SqliteCatalog(new LibraryDatabase(database));
  const index = new ExactIndex(DIMENSION);
  await followCatalog(index, catalog);
  const neighbours = await index.search(query, 10);
  const located = await catalog.locateClips(neighbours.map(({ clipId }) => clipId));
  const found = neighbours.map(({ clipId, score }) => {
    const { title, startSeconds, endSeconds } = located.find(({ id }) => id === clipId)!;
    return { title, startSeconds, endSeconds, score };
  });
  await catalog.close();
  return found;
}

/** The entries of an archive, to be changed and packed again. */
async function unpacked(archive: Uint8Array): Promise<{ name: string; content: Buffer }[]> {
  const extract = tar.extract();
  Readable.from([archive]).pipe(extract);
  const entries: { name: string; content: Buffer }[] = [];
  for await (const entry of extract) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) pieces.push(piece as Buffer);
    entries.push({ name: entry.header.name, content: Buffer.concat(pieces) });
  }
  return entries;
}

async function packed(
  entries: readonly { name: string; content?: Uint8Array; type?: 'symlink' }[],
): Promise<Buffer> {
  const pack = tar.pack();
  for (const { name, content = Buffer.alloc(0), type } of entries) {
    if (type === 'symlink') pack.entry({ name, type, linkname: '/etc/passwd' });
    else pack.entry({ name }, Buffer.from(content));
  }
  pack.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of pack) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const aVideo = (name: string, numbers: number[] = [1, 0, 0, 0, 0]): TransferredVideo => ({
  contentHash: sha256(name),
  title: name,
  description: '',
  tags: [],
  metadata: {},
  sourcePath: `/${name}.mp4`,
  blobKey: null,
  sizeBytes: 3,
  container: 'mp4',
  codec: 'h264',
  width: 1,
  height: 1,
  durationSeconds: 1,
  frameCount: 1,
  createdAtMs: 0,
  clips: [{ startSeconds: 0, endSeconds: 1, vector: Float32Array.from(numbers) }],
});

describe('an archive', () => {
  it('gives the same library back, to the bit, and the same answers', async () => {
    await fc.assert(
      fc.asyncProperty(videos, vector, async (content, query) => {
        const [from, to] = [await place(), await place()];
        await fill(from, content);
        const archive = await exported(from);
        expect(await imported(to, archive)).toMatchObject({ added: content.length, known: 0 });
        expect(await contents(to)).toEqual(await contents(from));
        expect(await searched(to, query)).toEqual(await searched(from, query));
        const entries = async (each: Buffer) =>
          (await unpacked(each)).filter(({ name }) => name !== 'manifest.json');
        expect(await entries(await exported(to))).toEqual(await entries(archive));
      }),
      { numRuns: 6 },
    );
  });

  it('takes along the files, those of the library and those that were left where they are', async () => {
    const [from, to] = [await place(), await place()];
    const [own, left] = [Buffer.from('own'), Buffer.from('left')];
    await from.blobs.write('videos/one', Readable.from([own]));
    await writeFile(join(from.folder, 'left.mp4'), left);
    await fill(from, [
      { ...aVideo('own'), contentHash: sha256(own), blobKey: 'videos/one' },
      {
        ...aVideo('left'),
        contentHash: sha256(left),
        sizeBytes: 4,
        sourcePath: join(from.folder, 'left.mp4'),
      },
      { ...aVideo('gone'), sourcePath: join(from.folder, 'gone.mp4') },
    ]);
    expect(await imported(to, await exported(from, true))).toMatchObject({ added: 3, files: 2 });
    const snapshot = SqliteLibrarySnapshot.open(to.database);
    onTestFinished(() => snapshot.close());
    const kept: (string | undefined)[] = [];
    for await (const { blobKey } of snapshot.videos()) {
      kept.push(blobKey === null ? undefined : await new Response(await to.blobs.read(blobKey)).text());
    }
    expect(kept).toEqual(['own', 'left', undefined]);
  });

  it('does not make the library hand out a file of this machine that is not the video', async () => {
    const [from, to] = [await place(), await place()];
    const film = join(from.folder, 'film.mp4');
    const secret = join(from.folder, 'secret');
    await writeFile(film, 'film');
    await writeFile(secret, 'word');
    await fill(from, [
      { ...aVideo('film'), contentHash: sha256(Buffer.from('film')), sizeBytes: 4, sourcePath: film },
      { ...aVideo('trap'), sizeBytes: 4, sourcePath: secret },
      { ...aVideo('grows'), sizeBytes: 5, sourcePath: secret },
    ]);
    await imported(to, await exported(from));
    const snapshot = SqliteLibrarySnapshot.open(to.database);
    onTestFinished(() => snapshot.close());
    const paths: string[] = [];
    for await (const { sourcePath } of snapshot.videos()) paths.push(sourcePath);
    expect(paths).toEqual([film, `archive:${secret}`, `archive:${secret}`]);
  });

  it('cut off or changed anywhere is refused, or still says what it said; never half taken in', async () => {
    const from = await place();
    const file = Buffer.from('own');
    await from.blobs.write('videos/one', Readable.from([file]));
    await fill(from, [
      { ...aVideo('own'), contentHash: sha256(file), blobKey: 'videos/one' },
      aVideo('other'),
    ]);
    const archive = await exported(from, true);
    const original = await contents(from);
    const nothing = { videos: [], model: undefined };
    const random = seededRandom(7);
    let to = await place();
    for (let round = 0; round < 24; round++) {
      const position = Math.floor(random() * archive.length);
      const damaged = round % 4 === 0 ? archive.subarray(0, position) : Buffer.from(archive);
      if (round % 4 !== 0) damaged[position]! ^= 1 << Math.floor(random() * 8);
      const outcome = await imported(to, damaged).catch((error: unknown) => error);
      const now = await contents(to);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'invalid-archive' });
        expect(now).toEqual(nothing);
      } else {
        expect(now).toEqual(original);
        to = await place();
      }
    }
  });

  const damages: [
    string,
    (entries: { name: string; content: Buffer }[]) => Parameters<typeof packed>[0],
    RegExp,
  ][] = [
    [
      'leads out of its folder',
      (all) => [{ name: '../../evil', content: Buffer.from('x') }, ...all],
      /has no place/,
    ],
    [
      'has an absolute path',
      (all) => [{ name: '/etc/cron.d/evil', content: Buffer.from('x') }, ...all],
      /has no place/,
    ],
    [
      'holds a symbolic link',
      (all) => [{ name: 'videos-000000.jsonl', type: 'symlink' }, ...all],
      /is a symlink/,
    ],
    ['has an entry twice', (all) => [all[0]!, all[1]!, all[1]!, all[2]!], /two entries|out of order/],
    ['has no manifest', (all) => all.slice(0, 2), /without its manifest/],
    ['goes on after its manifest', (all) => [...all, all[0]!], /after the manifest/],
    [
      'has the file of no video',
      (all) => [...all.slice(0, 2), { name: `media/${sha256('x')}`, content: Buffer.from('x') }, all[2]!],
      /of no video/,
    ],
    [
      'has other vectors than were written',
      (all) => {
        const vectors = Buffer.from(all[1]!.content);
        vectors.writeFloatLE(0.5, vectors.length - 4);
        return [all[0]!, { ...all[1]!, content: vectors }, all[2]!];
      },
      /does not match its checksum/,
    ],
    [
      'has a vector that is no number',
      (all) => {
        const vectors = Buffer.from(all[1]!.content);
        vectors.writeFloatLE(Number.NaN, vectors.length - 4);
        return [all[0]!, { ...all[1]!, content: vectors }, all[2]!];
      },
      /NaN/,
    ],
    [
      'is of a later format',
      (all) => [
        all[0]!,
        all[1]!,
        {
          ...all[2]!,
          content: Buffer.from(all[2]!.content.toString().replace('videre-library/1', 'videre-library/2')),
        },
      ],
      /of format "videre-library\/2"/,
    ],
    [
      'has a video twice',
      (all) => [{ ...all[0]!, content: Buffer.concat([all[0]!.content, all[0]!.content]) }, all[1]!, all[2]!],
      /twice/,
    ],
  ];

  it.each(damages)('is refused that %s', async (_, damage, message) => {
    const [from, to] = [await place(), await place()];
    await fill(from, [aVideo('one')]);
    const archive = await packed(damage(await unpacked(await exported(from))));
    await expect(imported(to, archive)).rejects.toMatchObject({ code: 'invalid-archive', message });
    expect(await contents(to)).toEqual({ videos: [], model: undefined });
  });

  it('goes into a library that holds something only when told to, and then adds what is new', async () => {
    const [from, to] = [await place(), await place()];
    await fill(from, [aVideo('one'), aVideo('two', [0, 1, 0, 0, 0])]);
    await fill(to, [{ ...aVideo('one'), title: 'renamed' }]);
    const archive = await exported(from);
    await expect(imported(to, archive)).rejects.toMatchObject({ code: 'conflict', hint: /--merge/ });
    expect(await imported(to, archive, true)).toMatchObject({ added: 1, known: 1, clips: 1 });
    expect(await contents(to)).toMatchObject({ videos: [{ title: 'renamed' }, { title: 'two' }] });
  });

  it('does not mix vectors of two models', async () => {
    const [from, to] = [await place(), await place()];
    await fill(from, [aVideo('one')]);
    await fill(to, [aVideo('two')], 'def456');
    await expect(imported(to, await exported(from), true)).rejects.toMatchObject({ code: 'model-mismatch' });
  });

  it('is refused before anything is written when its vectors are not as wide as those that are there', async () => {
    const [from, to] = [await place(), await place()];
    await fill(from, [aVideo('one', [1, 0, 0])]);
    await fill(to, [aVideo('two')]);
    to.blobs.write = () => expect.unreachable('a file was written');
    await expect(imported(to, await exported(from), true)).rejects.toMatchObject({
      code: 'invalid-archive',
      message: expect.stringMatching(/vectors have 3 values; those of model abc123 have 5/),
    });
  });

  it('leaves no file behind when the disk is full in the middle', async () => {
    const [from, to] = [await place(), await place()];
    const content = [Buffer.from('one'), Buffer.from('two')];
    await mkdir(join(from.folder, 'files'));
    for (const each of content) await writeFile(join(from.folder, 'files', each.toString()), each);
    await fill(
      from,
      content.map((each) => ({
        ...aVideo(each.toString()),
        contentHash: sha256(each),
        sourcePath: join(from.folder, 'files', each.toString()),
      })),
    );
    const archive = await exported(from, true);
    const write = to.blobs.write.bind(to.blobs);
    let files = 0;
    to.blobs.write = async (key, source) => {
      if (++files === 2) throw new AppError('out-of-storage', 'The disk is full.');
      return write(key, source);
    };
    await expect(imported(to, archive)).rejects.toMatchObject({ code: 'out-of-storage' });
    expect(await contents(to)).toEqual({ videos: [], model: undefined });
    for await (const key of to.blobs.list()) expect.unreachable(key);
    to.blobs.write = write;
    expect(await imported(to, archive)).toMatchObject({ added: 2, files: 2 });
  });
});
