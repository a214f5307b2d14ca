import { and, asc, desc, eq, inArray, lte, sql } from 'drizzle-orm';
import type {
  Conversation,
  ConversationStore,
  ConversationSubject,
  StoredTurn,
} from '../../ports/conversation-store.js';
import { lockName } from './locks.js';
import type { PostgresDatabase, Transaction } from './postgres-database.js';
import { conversations, conversationTurns, turnVideos } from './schema/answers.js';
import { clips, videos } from './schema/videos.js';

export interface ConversationBounds {
  conversations: number;
  turnsEach: number;
}

const DEFAULT_BOUNDS: ConversationBounds = { conversations: 10_000, turnsEach: 20 };

/** Conversations in the database of the library; what was said about a video goes with it. */
export class PostgresConversations implements ConversationStore {
  readonly #database: PostgresDatabase;
  readonly #bounds: ConversationBounds;

  constructor(database: PostgresDatabase, bounds: ConversationBounds = DEFAULT_BOUNDS) {
    this.#database = database;
    this.#bounds = bounds;
  }

  conversation(id: string): Promise<Conversation | undefined> {
    return this.#database.run(async (database) => {
      const [row] = await database.select().from(conversations).where(eq(conversations.id, id));
      if (row === undefined) return undefined;
      const { question, answer, clipIds } = conversationTurns;
      const turns = await database
        .select({ question, answer, clipIds })
        .from(conversationTurns)
        .where(eq(conversationTurns.conversationId, id))
        .orderBy(asc(conversationTurns.sequence));
      return { id, subject: subjectOf(row), turns };
    });
  }

  async addTurn(id: string, subject: ConversationSubject, turn: StoredTurn): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      if (!(await isThere(transaction, subject))) return;
      const cited = await citedVideos(transaction, turn.clipIds);
      if (cited === undefined) return;
      // One after the other, so that each is used later than the one before.
      await lockName(transaction, 'conversations');
      const lastUse = sql`(select coalesce(max(last_use), 0) + 1 from conversations)`;
      await transaction
        .insert(conversations)
        .values({ id, lastUse, videoId: subject.videoId ?? null, clipId: subject.clipId ?? null })
        .onConflictDoUpdate({ target: conversations.id, set: { lastUse } });
      const [stored] = await transaction
        .insert(conversationTurns)
        .values({ conversationId: id, ...turn })
        .returning({ sequence: conversationTurns.sequence });
      const turns = [...cited].map((videoId) => ({ turn: stored!.sequence, videoId }));
      if (turns.length > 0) await transaction.insert(turnVideos).values(turns);
      await this.#forget(transaction, id);
    });
  }

  async #forget(transaction: Transaction, id: string): Promise<void> {
    const ofConversation = eq(conversationTurns.conversationId, id);
    const [oldTurn] = await transaction
      .select({ sequence: conversationTurns.sequence })
      .from(conversationTurns)
      .where(ofConversation)
      .orderBy(desc(conversationTurns.sequence))
      .limit(1)
      .offset(this.#bounds.turnsEach);
    if (oldTurn !== undefined) {
      const older = lte(conversationTurns.sequence, oldTurn.sequence);
      await transaction.delete(conversationTurns).where(and(ofConversation, older));
    }
    const [old] = await transaction
      .select({ lastUse: conversations.lastUse })
      .from(conversations)
      .orderBy(desc(conversations.lastUse))
      .limit(1)
      .offset(this.#bounds.conversations);
    if (old !== undefined)
      await transaction.delete(conversations).where(lte(conversations.lastUse, old.lastUse));
  }
}

function subjectOf({
  videoId,
  clipId,
}: {
  videoId: string | null;
  clipId: number | null;
}): ConversationSubject {
  return { ...(videoId === null ? {} : { videoId }), ...(clipId === null ? {} : { clipId }) };
}

/** Whether what the conversation is about has not been deleted while the answer was being written; nor is it until the turn is stored. */
async function isThere(transaction: Transaction, { videoId, clipId }: ConversationSubject): Promise<boolean> {
  const video =
    videoId === undefined ||
    (await transaction.select({ id: videos.id }).from(videos).where(eq(videos.id, videoId)).for('key share'))
      .length > 0;
  const clip =
    clipId === undefined ||
    (await transaction.select({ id: clips.id }).from(clips).where(eq(clips.id, clipId)).for('key share'))
      .length > 0;
  return video && clip;
}

/** The videos of the clips, which nobody deletes until the turn is stored; undefined when one of the clips has been deleted. */
async function citedVideos(
  transaction: Transaction,
  clipIds: readonly number[],
): Promise<Set<string> | undefined> {
  const distinct = [...new Set(clipIds)];
  const found = await transaction
    .select({ videoId: clips.videoId })
    .from(clips)
    .where(inArray(clips.id, distinct))
    .for('key share');
  return found.length < distinct.length ? undefined : new Set(found.map(({ videoId }) => videoId));
}
