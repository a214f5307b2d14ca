import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/ports/catalog.js';
import type { ConversationStore } from '../../src/ports/conversation-store.js';
import { clip, readyVideo } from '../support/new-videos.js';

export interface ConversationsUnderTest {
  conversations: ConversationStore;
  /** On the same database. */
  catalog: Catalog;
}

/** What every `ConversationStore` keeps. @param open a store of at most so many conversations, and turns in each. */
export function describeConversationStore(
  name: string,
  open: (bounds: { conversations: number; turnsEach: number }) => Promise<ConversationsUnderTest>,
): void {
  describe(`${name} as a ConversationStore`, () => {
    const ample = { conversations: 10, turnsEach: 10 };
    const turn = (question: string, clipIds: number[] = []) => ({
      question,
      answer: `about ${question}`,
      clipIds,
    });
    const addVideo = async (catalog: Catalog) => {
      const { id: videoId } = readyVideo();
      await catalog.addVideo(readyVideo({ id: videoId, contentHash: videoId }), [clip], 'model');
      const [stored] = await catalog.clipsOfVideo(videoId);
      return { videoId, clipId: stored!.id };
    };

    it('keeps the newest turns, in order', async () => {
      const { conversations } = await open({ conversations: 10, turnsEach: 2 });
      for (const question of ['a', 'b', 'c']) await conversations.addTurn('x', {}, turn(question));
      expect(await conversations.conversation('x')).toEqual({
        id: 'x',
        subject: {},
        turns: [turn('b'), turn('c')],
      });
      expect(await conversations.conversation('y')).toBeUndefined();
    });

    it('lets go of the conversation used least recently', async () => {
      const { conversations } = await open({ conversations: 2, turnsEach: 9 });
      for (const id of ['x', 'y', 'x', 'z']) await conversations.addTurn(id, {}, turn(id));
      expect(await conversations.conversation('y')).toBeUndefined();
      expect((await conversations.conversation('x'))?.turns).toHaveLength(2);
      expect((await conversations.conversation('z'))?.turns).toHaveLength(1);
    });

    it('forgets a conversation with what it is about, and begins none after that is gone', async () => {
      const { conversations, catalog } = await open(ample);
      const { videoId, clipId } = await addVideo(catalog);
      await conversations.addTurn('video', { videoId }, turn('a'));
      await conversations.addTurn('clip', { videoId, clipId }, turn('a', [clipId]));
      expect(await conversations.conversation('clip')).toEqual({
        id: 'clip',
        subject: { videoId, clipId },
        turns: [turn('a', [clipId])],
      });
      await catalog.deleteVideo(videoId);
      await conversations.addTurn('late', { videoId }, turn('a'));
      for (const id of ['video', 'clip', 'late'])
        expect(await conversations.conversation(id)).toBeUndefined();
    });

    it('forgets what was said about a video in conversations about all, and nothing else', async () => {
      const { conversations, catalog } = await open(ample);
      const [doomed, kept] = [await addVideo(catalog), await addVideo(catalog)];
      await conversations.addTurn('both', {}, turn('a', [kept.clipId, doomed.clipId, kept.clipId]));
      await conversations.addTurn('both', {}, turn('b', [kept.clipId]));
      await conversations.addTurn('both', {}, turn('c'));
      await conversations.addTurn('one', {}, turn('a', [doomed.clipId]));
      await catalog.deleteVideo(doomed.videoId);
      const both = await conversations.conversation('both');
      expect(both?.turns).toEqual([turn('b', [kept.clipId]), turn('c')]);
      expect(await conversations.conversation('one')).toBeUndefined();
      // An answer that was being written meanwhile.
      await conversations.addTurn('late', {}, turn('a', [doomed.clipId]));
      expect(await conversations.conversation('late')).toBeUndefined();
    });
  });
}
