import { index, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { whole } from './column-types.js';
import { clips, videos } from './videos.js';

/** What a language model said a clip shows: the newest, one a clip. */
export const captions = pgTable('captions', {
  clipId: whole('clip_id')
    .primaryKey()
    .references(() => clips.id, { onDelete: 'cascade' }),
  text: text('text').notNull(),
  /** Name of the language model. */
  model: text('model').notNull(),
  createdAtMs: whole('created_at_ms').notNull(),
});

export const conversations = pgTable(
  'conversations',
  {
    id: text('id').primaryKey(),
    /** Order of last use: the ones used least recently give way. */
    lastUse: whole('last_use').notNull(),
    // What it is about; both null for the whole library. What was said about a deleted video goes with it.
    videoId: text('video_id').references(() => videos.id, { onDelete: 'cascade' }),
    clipId: whole('clip_id').references(() => clips.id, { onDelete: 'cascade' }),
  },
  (table) => [
    index('conversations_last_use').on(table.lastUse),
    index('conversations_video_id').on(table.videoId),
    index('conversations_clip_id').on(table.clipId),
  ],
);

export const conversationTurns = pgTable(
  'conversation_turns',
  {
    sequence: whole('sequence').primaryKey().generatedByDefaultAsIdentity(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    question: text('question').notNull(),
    answer: text('answer').notNull(),
    /** Clips that the answer cited. */
    clipIds: json('clip_ids').$type<number[]>().notNull(),
  },
  (table) => [index('conversation_turns_conversation_id').on(table.conversationId, table.sequence)],
);

/** The videos that an answer rests on: when one is deleted, the turn goes. Clips get new ids with a new model, videos keep theirs. */
export const turnVideos = pgTable(
  'turn_videos',
  {
    turn: whole('turn')
      .notNull()
      .references(() => conversationTurns.sequence, { onDelete: 'cascade' }),
    videoId: text('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.turn] }), index('turn_videos_turn').on(table.turn)],
);
