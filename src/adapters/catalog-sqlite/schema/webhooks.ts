import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { JsonObject } from '../../../domain/json.js';
import type { DeliveryState, WebhookEventType } from '../../../domain/webhook.js';
import { videos } from './videos.js';

export const webhooks = sqliteTable('webhooks', {
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  url: text('url').notNull(),
  events: text('events', { mode: 'json' }).$type<WebhookEventType[]>().notNull(),
  /** Signs what is sent; it cannot be stored hashed. */
  secret: text('secret').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});

/** An outbox: a row is written in the transaction of what it tells, and sent afterwards. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    /** The same in every attempt, so that the receiver can tell a repetition. */
    id: text('id').notNull().unique(),
    webhookId: text('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    /** Of the job it tells of: it goes with the video. */
    videoId: text('video_id').references(() => videos.id, { onDelete: 'cascade' }),
    event: text('event').$type<WebhookEventType>().notNull(),
    body: text('body', { mode: 'json' }).$type<JsonObject>().notNull(),
    state: text('state').$type<DeliveryState>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Status of the last answer; null when there was none. */
    responseStatus: integer('response_status'),
    /** What went wrong at the last attempt. */
    error: text('error'),
    createdAtMs: integer('created_at_ms').notNull(),
    attemptedAtMs: integer('attempted_at_ms'),
  },
  (table) => [
    index('webhook_deliveries_state').on(table.state, table.sequence),
    index('webhook_deliveries_webhook_id').on(table.webhookId, table.sequence),
    index('webhook_deliveries_video_id').on(table.videoId),
  ],
);
