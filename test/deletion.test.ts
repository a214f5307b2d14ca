import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { BlobFiles } from '../src/adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCaptions } from '../src/adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from '../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteConversations } from '../src/adapters/catalog-sqlite/sqlite-conversations.js';
import { SqliteJobQueue } from '../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteWebhooks } from '../src/adapters/catalog-sqlite/sqlite-webhooks.js';
import { HnswIndex } from '../src/adapters/index-hnsw/hnsw-index.js';
import { followCatalog } from '../src/app/follow-catalog.js';
import { deleteVideo } from '../src/app/videos/delete-video.js';
import { clusteredVectors } from './contract/clip-index.contract.js';
import { facts, newJob, newVideo } from './support/new-videos.js';
import { runHere } from './support/run-here.js';
import { temporaryFolder } from './support/temporary-folder.js';

const DIMENSION = 64;
const CLIPS_EACH = 50;
const [FIRST, SECOND] = ['xylophone', 'quicksilver'];
const vectors = clusteredVectors(2 * CLIPS_EACH, DIMENSION).map(({ vector }) => vector);

/** A data folder of two videos of which everything is said that can be: each has a word of its own. */
async function libraryOfTwo() {
  const folder = await temporaryFolder();
  const database = new LibraryDatabase(join(folder, 'videre.sqlite'));
  const catalog = new SqliteCatalog(database);
  onTestFinished(() => catalog.close());
  const index = await HnswIndex.open({
    folder,
    dimension: DIMENSION,
    modelFingerprint: 'model',
    ledger: catalog,
  });
  const blobs = new BlobFiles(join(folder, 'blobs'));
  const webhook = { id: 'w', url: 'https://w.example/', secret: 's', createdAtMs: 1 };
  await new SqliteWebhooks(database).add({ ...webhook, events: ['job.succeeded'] });
  const jobs = new SqliteJobQueue(database);
  const videos = [FIRST, SECOND].map((word) =>
    newVideo({
      title: `${word} title`,
      description: `about a ${word}`,
      tags: [word],
      metadata: { note: word },
      sourcePath: `${word}.mp4`,
      contentHash: `hash of ${word}`,
    }),
  );
  for (const [order, video] of videos.entries()) {
    const { job } = await catalog.registerVideo(video, {
      enqueue: { ...newJob(), payload: { note: video.title } },
    });
    await blobs.write(
      video.blobKey!,
      (async function* () {
        yield Buffer.from(video.title);
      })(),
    );
    const ownVectors = vectors.slice(order * CLIPS_EACH, (order + 1) * CLIPS_EACH);
    const clips = ownVectors.map((vector, clip) => ({ startSeconds: clip, endSeconds: clip + 1, vector }));
    await jobs.claim('me', ['ingest']);
    await catalog.completeVideo(video.id, facts, clips, 'model');
    await jobs.succeed(job!.id, 'me', { videoId: video.id, note: video.title });
    const [clip] = await catalog.clipsOfVideo(video.id);
    const text = `A ${video.title}.`;
    await new SqliteCaptions(database).saveCaption({ clipId: clip!.id, text, model: 'm', createdAtMs: 1 });
    const turn = { question: `What of ${video.title}?`, answer: text, clipIds: [clip!.id] };
    await new SqliteConversations(database).addTurn('all', {}, turn);
  }
  await followCatalog(index, catalog);
  await index.settled();
  await index.save();
  return { folder, catalog, index, blobs, videos };
}

/** Which of the needles are in some file of the folder, in any case of letters: the full-text index has words in small ones. */
async function foundIn(folder: string, needles: Record<string, Buffer | string>): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))));
  return Object.keys(needles).filter((name) => contents.some((content) => content.includes(needles[name]!)));
}

function tracesOf(video: { id: string; title: string }, order: number): Record<string, Buffer | string> {
  const word = video.title.split(' ')[0]!;
  const own = vectors.slice(order * CLIPS_EACH, (order + 1) * CLIPS_EACH);
  const bytes = own.map((vector, clip) => [`vector ${clip}`, Buffer.from(vector.slice().buffer)] as const);
  return { id: video.id, word, stem: word.slice(0, 8), ...Object.fromEntries(bytes) };
}

it('no file of a library holds a word, a vector or an id of a video that was deleted', async () => {
  const { folder, videos, ...library } = await libraryOfTwo();
  const [doomed = {}, kept = {}] = videos.map(tracesOf);
  const all = Object.keys(doomed);
  // The search does find what is there.
  expect(await foundIn(folder, doomed)).toEqual(all);
  await deleteVideo(library, videos[0]!.id);
  await library.index.save();
  expect(await foundIn(folder, doomed)).toEqual([]);
  expect(await foundIn(folder, kept)).toEqual(all);
});

it('nor does one that the command line deleted it from, and the index goes on from its file without it', async () => {
  const { folder, videos, ...library } = await libraryOfTwo();
  const [doomed = {}, kept = {}] = videos.map(tracesOf);
  const [query] = vectors.slice(CLIPS_EACH);
  const isKept = (clipId: number) => clipId > CLIPS_EACH;
  const before = await library.index.search(query!, 10);
  expect(before.filter(({ clipId }) => isKept(clipId)).length).toBeGreaterThan(0);
  await library.index.close();
  await library.catalog.close();
  await runHere('videos', 'delete', videos[0]!.id, '--data', folder);
  expect(await foundIn(folder, doomed)).toEqual([]);
  expect(await foundIn(folder, kept)).toEqual(Object.keys(kept));

  const catalog = new SqliteCatalog(new LibraryDatabase(join(folder, 'videre.sqlite')));
  onTestFinished(() => catalog.close());
  const index = await HnswIndex.open({
    folder,
    dimension: DIMENSION,
    modelFingerprint: 'model',
    ledger: catalog,
  });
  expect(await index.state()).toMatchObject({ size: CLIPS_EACH, unarranged: 0, dead: CLIPS_EACH });
  const after = await index.search(query!, 10);
  expect(after).toEqual(await index.search(query!, 10, { exact: true }));
  expect(after.every(({ clipId }) => isKept(clipId))).toBe(true);
});
