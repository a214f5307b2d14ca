import { asc, eq, type SQL, sql } from 'drizzle-orm';
import type {
  Conversation,
  ConversationStore,
  ConversationSubject,
  StoredTurn,
} from '../../ports/conversation-store.js';
import { conversations, conversationTurns } from './schema/answers.js';
import type { SqliteRunner } from './sqlite-runner.js';

export interface ConversationBounds {
  conversations: number;
  turnsEach: number;
}

const DEFAULT_BOUNDS: ConversationBounds = { conversations: 10_000, turnsEach: 20 };

/** Conversations in the database of the library; what was said about a video goes with it. */
export class SqliteConversations implements ConversationStore {
  readonly #database: SqliteRunner;
  readonly #bounds: ConversationBounds;

  constructor(database: SqliteRunner, bounds: ConversationBounds = DEFAULT_BOUNDS) {
    this.#database = database;
    this.#bounds = bounds;
  }

  async conversation(id: string): Promise<Conversation | undefined> {
    const row = await this.#database.run((database) =>
      database.select().from(conversations).where(eq(conversations.id, id)).get(),
    );
    if (row === undefined) return undefined;
    const { question, answer, clipIds } = conversationTurns;
    const turns = await this.#database.run((database) =>
      database
        .select({ question, answer, clipIds })
        .from(conversationTurns)
        .where(eq(conversationTurns.conversationId, id))
        .orderBy(asc(conversationTurns.sequence))
        .all(),
    );
    return { id, subject: subjectOf(row), turns };
  }

  async addTurn(id: string, subject: ConversationSubject, turn: StoredTurn): Promise<void> {
    await this.#database.runAll([...additionOf(id, subject, turn), ...forgettingAt(id, this.#bounds)]);
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

/** Nothing is added when what the turn is about, or rests on, was deleted while the answer was being written. */
function additionOf(
  id: string,
  subject: ConversationSubject,
  { question, answer, clipIds }: StoredTurn,
): SQL[] {
  const videoId = subject.videoId ?? null;
  const clipId = subject.clipId ?? null;
  const cited = JSON.stringify([...new Set(clipIds)]);
  const isThere = sql`(${videoId} is null or exists (select 1 from videos where id = ${videoId}))
    and (${clipId} is null or exists (select 1 from clips where id = ${clipId}))
    and not exists (select 1 from json_each(${cited}) where value not in (select id from clips))`;
  return [
    sql`insert into conversations (id, last_use, video_id, clip_id)
      select ${id}, (select coalesce(max(last_use), 0) + 1 from conversations), ${videoId}, ${clipId}
      where ${isThere}
      on conflict (id) do update set last_use = excluded.last_use`,
    sql`insert into conversation_turns (conversation_id, question, answer, clip_ids)
      select ${id}, ${question}, ${answer}, ${JSON.stringify(clipIds)} where ${isThere}`,
    sql`insert into turn_videos (turn, video_id)
      select distinct (select max(sequence) from conversation_turns where conversation_id = ${id}), video_id
      from clips where id in (select value from json_each(${cited})) and ${isThere}`,
  ];
}

/** The oldest turns of the conversation, and the conversations used least recently. */
function forgettingAt(id: string, bounds: ConversationBounds): SQL[] {
  return [
    sql`delete from conversation_turns where conversation_id = ${id} and sequence <= (
      select sequence from conversation_turns where conversation_id = ${id}
      order by sequence desc limit 1 offset ${bounds.turnsEach})`,
    sql`delete from conversations where last_use <= (
      select last_use from conversations order by last_use desc limit 1 offset ${bounds.conversations})`,
  ];
}
