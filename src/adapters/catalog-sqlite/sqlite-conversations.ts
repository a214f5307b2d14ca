import { and, asc, desc, eq, inArray, lte, sql } from 'drizzle-orm';
import type {
  Conversation,
  ConversationStore,
  ConversationSubject,
  StoredTurn,
} from '../../ports/conversation-store.js';
import type { LibraryDatabase, Transaction } from './library-database.js';
import { conversations, conversationTurns, turnVideos } from './schema/answers.js';
import { clips, videos } from './schema/videos.js';

export interface ConversationBounds {
  conversations: number;
  turnsEach: number;
}

const DEFAULT_BOUNDS: ConversationBounds = { conversations: 10_000, turnsEach: 20 };

/** Conversations in the database of the library; what was said about a video goes with it. */
export class SqliteConversations implements ConversationStore {
  readonly #database: LibraryDatabase;
  readonly #bounds: ConversationBounds;

  constructor(database: LibraryDatabase, bounds: ConversationBounds = DEFAULT_BOUNDS) {
    this.#database = database;
    this.#bounds = bounds;
  }

  async conversation(id: string): Promise<Conversation | undefined> {
    return this.#database.run((database) => {
      const row = database.select().from(conversations).where(eq(conversations.id, id)).get();
      if (row === undefined) return undefined;
      const { question, answer, clipIds } = conversationTurns;
      const turns = database
        .select({ question, answer, clipIds })
        .from(conversationTurns)
        .where(eq(conversationTurns.conversationId, id))
        .orderBy(asc(conversationTurns.sequence))
        .all();
      return { id, subject: subjectOf(row), turns };
    });
  }

  async addTurn(id: string, subject: ConversationSubject, turn: StoredTurn): Promise<void> {
    this.#database.transaction((transaction) => {
      if (!isThere(transaction, subject)) return;
      const cited = citedVideos(transaction, turn.clipIds);
      if (cited === undefined) return;
      const lastUse = sql`(select coalesce(max(${conversations.lastUse}), 0) + 1 from ${conversations})`;
      transaction
        .insert(conversations)
        .values({ id, lastUse, videoId: subject.videoId ?? null, clipId: subject.clipId ?? null })
        .onConflictDoUpdate({ target: conversations.id, set: { lastUse } })
        .run();
      const { sequence } = transaction
        .insert(conversationTurns)
        .values({ conversationId: id, ...turn })
        .returning({ sequence: conversationTurns.sequence })
        .get();
      for (const videoId of cited) transaction.insert(turnVideos).values({ turn: sequence, videoId }).run();
      this.#forget(transaction, id);
    });
  }

  #forget(transaction: Transaction, id: string): void {
    const oldTurn = transaction
      .select({ sequence: conversationTurns.sequence })
      .from(conversationTurns)
      .where(eq(conversationTurns.conversationId, id))
      .orderBy(desc(conversationTurns.sequence))
      .limit(1)
      .offset(this.#bounds.turnsEach)
      .get();
    if (oldTurn !== undefined) {
      const older = lte(conversationTurns.sequence, oldTurn.sequence);
      transaction
        .delete(conversationTurns)
        .where(and(eq(conversationTurns.conversationId, id), older))
        .run();
    }
    const old = transaction
      .select({ lastUse: conversations.lastUse })
      .from(conversations)
      .orderBy(desc(conversations.lastUse))
      .limit(1)
      .offset(this.#bounds.conversations)
      .get();
    if (old !== undefined)
      transaction.delete(conversations).where(lte(conversations.lastUse, old.lastUse)).run();
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

/** Whether what the conversation is about has not been deleted while the answer was being written. */
function isThere(transaction: Transaction, { videoId, clipId }: ConversationSubject): boolean {
  const video =
    videoId === undefined || exists(transaction.select().from(videos).where(eq(videos.id, videoId)).get());
  return (
    video &&
    (clipId === undefined || exists(transaction.select().from(clips).where(eq(clips.id, clipId)).get()))
  );
}

/** The videos of the clips; undefined when one of the clips has been deleted. */
function citedVideos(transaction: Transaction, clipIds: readonly number[]): Set<string> | undefined {
  const distinct = [...new Set(clipIds)];
  const found = transaction
    .select({ videoId: clips.videoId })
    .from(clips)
    .where(inArray(clips.id, distinct))
    .all();
  return found.length < distinct.length ? undefined : new Set(found.map(({ videoId }) => videoId));
}

function exists(row: unknown): boolean {
  return row !== undefined;
}
