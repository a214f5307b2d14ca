import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { colourLibrary } from '../../../test/support/colour-library.js';
import { writeScript } from '../../../test/support/colour-world.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { ingestVideo } from '../../app/ingest-video.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCaptions } from './sqlite-captions.js';
import { SqliteConversations } from './sqlite-conversations.js';

async function libraryWithVideo() {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const script = { framesPerSecond: 10, scenes: [['red', 3]] as [string, number][] };
  const { video } = await ingestVideo(await writeScript(folder, 'red.mp4', script), library);
  const [clip] = await library.catalog.clipsOfVideo(video.id);
  const database = new LibraryDatabase(join(folder, 'videre.sqlite'));
  return { catalog: library.catalog, database, videoId: video.id, clipId: clip!.id };
}

function turn(question: string) {
  return { question, answer: `about ${question}`, clipIds: [1] };
}

describe('captions', () => {
  it('are kept one a clip, the newest, and go with it', async () => {
    const { catalog, database, videoId, clipId } = await libraryWithVideo();
    const captions = new SqliteCaptions(database);
    const caption = { clipId, text: 'Red.', model: 'a', createdAtMs: 1 };
    expect(await captions.saveCaption(caption)).toBe(true);
    expect(await captions.saveCaption({ ...caption, text: 'All red.' })).toBe(true);
    expect(await captions.captionsOf([clipId, clipId + 1])).toEqual([{ ...caption, text: 'All red.' }]);
    expect(await captions.saveCaption({ ...caption, clipId: clipId + 1 })).toBe(false);
    await catalog.deleteVideo(videoId);
    expect(await captions.captionsOf([clipId])).toEqual([]);
  });
});

describe('conversations', () => {
  it('keep their newest turns, in order', async () => {
    const { database } = await libraryWithVideo();
    const conversations = new SqliteConversations(database, { conversations: 10, turnsEach: 2 });
    for (const question of ['a', 'b', 'c']) await conversations.addTurn('x', {}, turn(question));
    expect(await conversations.conversation('x')).toEqual({
      id: 'x',
      subject: {},
      turns: [turn('b'), turn('c')],
    });
    expect(await conversations.conversation('y')).toBeUndefined();
  });

  it('give way when they were used least recently', async () => {
    const { database } = await libraryWithVideo();
    const conversations = new SqliteConversations(database, { conversations: 2, turnsEach: 9 });
    for (const id of ['x', 'y', 'x', 'z']) await conversations.addTurn(id, {}, turn(id));
    expect(await conversations.conversation('y')).toBeUndefined();
    expect((await conversations.conversation('x'))?.turns).toHaveLength(2);
  });

  it('go with what they are about, and do not begin after it is gone', async () => {
    const { catalog, database, videoId, clipId } = await libraryWithVideo();
    const conversations = new SqliteConversations(database);
    await conversations.addTurn('video', { videoId }, turn('a'));
    await conversations.addTurn('clip', { videoId, clipId }, turn('a'));
    expect(await conversations.conversation('clip')).toMatchObject({ subject: { videoId, clipId } });
    await catalog.deleteVideo(videoId);
    await conversations.addTurn('late', { videoId, clipId }, turn('a'));
    for (const id of ['video', 'clip', 'late']) expect(await conversations.conversation(id)).toBeUndefined();
  });
});
