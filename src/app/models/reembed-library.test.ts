import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { colourLibrary } from '../../../test/support/colour-library.js';
import {
  ColourVideoEncoder,
  colourModel,
  ScriptReader,
  writeScript,
} from '../../../test/support/colour-world.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { BlobFiles } from '../../adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../../adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteModelSwitch } from '../../adapters/catalog-sqlite/sqlite-model-switch.js';
import { HnswIndex } from '../../adapters/index-hnsw/hnsw-index.js';
import { sampleFrameIndices } from '../../model/preprocess/sample-frames.js';
import type { ClipFrames, Embedding } from '../../ports/encoders.js';
import { ingestVideo } from '../ingest-video.js';
import { reembedLibrary } from './reembed-library.js';

/** Another model, with vectors of another width and windows of another length. */
class WiderEncoder extends ColourVideoEncoder {
  encoded = 0;
  /** What happens before a clip is encoded. */
  before: (encoded: number) => Promise<void> = async () => {};

  constructor() {
    super({
      ...colourModel,
      fingerprint: 'wider',
      dimension: 4,
      clips: { windowSeconds: 2, strideSeconds: 2 },
    });
  }

  override async encode(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Embedding[]> {
    await this.before(this.encoded);
    this.encoded += clips.length;
    const vectors = await super.encode(clips, signal);
    return vectors.map((vector) => Float32Array.from([...vector, 1]));
  }
}

const REQUEST = { bundleFolder: '/models/wider', skipUnreadable: false };

/** A library of three videos, and what it takes to bring it to the wider model. */
async function scene() {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const paths: string[] = [];
  for (const [name, colour] of [
    ['a', 'red'],
    ['b', 'green'],
    ['c', 'blue'],
  ] as const) {
    paths.push(await writeScript(folder, `${name}.mp4`, { framesPerSecond: 10, scenes: [[colour, 6]] }));
    await ingestVideo(paths.at(-1)!, library);
  }
  const open = async (videoEncoder = new WiderEncoder()) => {
    const database = new LibraryDatabase(join(folder, 'videre.sqlite'));
    const catalog = new SqliteCatalog(database, 'wider');
    const options = { folder, dimension: 4, modelFingerprint: 'wider', ledger: catalog };
    const index = await HnswIndex.open(options);
    onTestFinished(async () => {
      await index.close();
      database.close();
    });
    return {
      models: new SqliteModelSwitch(database),
      blobs: new BlobFiles(join(folder, 'files')),
      media: new ScriptReader(),
      videoEncoder,
      sampleFrames: sampleFrameIndices,
      view: { catalog, index },
      removeIndexFile: (name: string) => rm(join(folder, name), { force: true }),
    };
  };
  return { folder, library, paths, open };
}

const searchedModel = (library: { catalog: SqliteCatalog }) => library.catalog.modelFingerprint();

describe('reembedLibrary', () => {
  it('searches the old vectors until all are made anew, then the new ones, and removes the old', async () => {
    const { library, open } = await scene();
    const dependencies = await open();
    const seen: unknown[] = [];
    dependencies.videoEncoder.before = async () => {
      seen.push(await searchedModel(library), await library.catalog.size());
    };
    const shares: number[] = [];
    const result = await reembedLibrary(REQUEST, dependencies, { report: (_, share) => shares.push(share) });
    expect(result).toEqual({ status: 'switched', fingerprint: 'wider', unreadable: [] });
    expect(new Set(seen.map((each) => JSON.stringify(each)))).toEqual(
      new Set(['"c0105"', '{"videos":3,"clips":3}']),
    );
    expect(shares).toEqual(shares.toSorted((left, right) => left - right));
    expect(await searchedModel(library)).toBe('wider');
    expect(await library.catalog.size()).toEqual({ videos: 3, clips: 9 });
    const [green] = await dependencies.view.index.search(Float32Array.from([0, 1, 0, 0]), 1);
    const [clip] = await library.catalog.locateClips([green!.clipId]);
    expect(clip).toMatchObject({ title: 'b' });
    expect(await dependencies.models.active()).toEqual({
      fingerprint: 'wider',
      bundleFolder: '/models/wider',
    });
  });

  it('goes on where it was broken off', async () => {
    const { library, open } = await scene();
    const first = new WiderEncoder();
    const controller = new AbortController();
    first.before = async (encoded) => {
      if (encoded >= 6) controller.abort();
    };
    const broken = reembedLibrary(REQUEST, await open(first), { signal: controller.signal });
    await expect(broken).rejects.toThrow();
    expect(await searchedModel(library)).toBe('c0105');

    const second = new WiderEncoder();
    await reembedLibrary(REQUEST, await open(second));
    // Two of the three videos were stored.
    expect(second.encoded).toBe(3);
    expect(await searchedModel(library)).toBe('wider');
    expect(await reembedLibrary(REQUEST, await open())).toMatchObject({ status: 'in-use' });
  });

  it('takes along a video that comes while it works', async () => {
    const { folder, library, open } = await scene();
    const dependencies = await open();
    let isLate = false;
    dependencies.videoEncoder.before = async () => {
      if (isLate) return;
      isLate = true;
      const path = await writeScript(folder, 'late.mp4', { framesPerSecond: 10, scenes: [['red', 4]] });
      await ingestVideo(path, library);
    };
    await reembedLibrary(REQUEST, dependencies);
    expect(await library.catalog.size()).toEqual({ videos: 4, clips: 11 });
  });

  it('does not switch over when a video cannot be read, unless it is told to go on without', async () => {
    const { library, paths, open } = await scene();
    await rm(paths[1]!);
    const encoder = new WiderEncoder();
    await expect(reembedLibrary(REQUEST, await open(encoder))).rejects.toMatchObject({
      code: 'conflict',
      details: { unreadable: ['b'] },
    });
    expect(await searchedModel(library)).toBe('c0105');
    const result = await reembedLibrary({ ...REQUEST, skipUnreadable: true }, await open(encoder));
    expect(result).toMatchObject({ status: 'switched', unreadable: ['b'] });
    expect(encoder.encoded).toBe(6);
    expect(await library.catalog.size()).toEqual({ videos: 3, clips: 6 });
    const { videos } = await library.catalog.listVideos(10, undefined, { status: 'failed' });
    expect(videos.map(({ title }) => title)).toEqual(['b']);
  });

  it('leaves what it cannot read for a later attempt', async () => {
    const { library, paths, open } = await scene();
    await writeFile(paths[2]!, 'x');
    await expect(reembedLibrary(REQUEST, await open())).rejects.toMatchObject({ code: 'conflict' });
    await writeScript(join(paths[2]!, '..'), 'c.mp4', { framesPerSecond: 10, scenes: [['blue', 6]] });
    expect(await reembedLibrary(REQUEST, await open())).toMatchObject({ status: 'switched', unreadable: [] });
    expect(await library.catalog.size()).toEqual({ videos: 3, clips: 9 });
  });
});
