import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { clips, videos } from './videos.js';

/** What a language model said a clip shows: the newest, one a clip. */
export const captions = sqliteTable('captions', {
  clipId: integer('clip_id')
    .primaryKey()
    .references(() => clips.id, { onDelete: 'cascade' }),
  text: text('text').notNull(),
  /** Name of the language model. */
  model: text('model').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const conversations = sqliteTable(
  'conversations',
  {
    id: text('id').primaryKey(),
    /** Order of last use: the ones used least recently give way. */
    lastUse: integer('last_use').notNull(),
    // What it is about; both null for the whole library. What was said about a deleted video goes with it.
    videoId: text('video_id').references(() => videos.id, { onDelete: 'cascade' }),
    clipId: integer('clip_id').references(() => clips.id, { onDelete: 'cascade' }),
  },
  (table) => [
    index('conversations_last_use').on(table.lastUse),
    index('conversations_video_id').on(table.videoId),
    index('conversations_clip_id').on(table.clipId),
  ],
);

export const conversationTurns = sqliteTable(
  'conversation_turns',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    question: text('question').notNull(),
    answer: text('answer').notNull(),
    /** Clips that the answer cited. */
    clipIds: text('clip_ids', { mode: 'json' }).$type<number[]>().notNull(),
  },
  (table) => [index('conversation_turns_conversation_id').on(table.conversationId, table.sequence)],
);

/** The videos that an answer rests on: when one is deleted, the turn goes. Clips get new ids with a new model, videos keep theirs. */
export const turnVideos = sqliteTable(
  'turn_videos',
  {
    turn: integer('turn')
      .notNull()
      .references(() => conversationTurns.sequence, { onDelete: 'cascade' }),
    videoId: text('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.turn] }), index('turn_videos_turn').on(table.turn)],
);
