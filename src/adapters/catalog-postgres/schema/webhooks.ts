import { index, integer, json, pgTable, text } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../../domain/json.js';
import type { DeliveryState, WebhookEventType } from '../../../domain/webhook.js';
import { whole } from './column-types.js';
import { videos } from './videos.js';

export const webhooks = pgTable('webhooks', {
  sequence: whole('sequence').primaryKey().generatedByDefaultAsIdentity(),
  id: text('id').notNull().unique(),
  url: text('url').notNull(),
  events: json('events').$type<WebhookEventType[]>().notNull(),
  /** Signs what is sent; it cannot be stored hashed. */
  secret: text('secret').notNull(),
  createdAtMs: whole('created_at_ms').notNull(),
});

/** An outbox: a row is written in the transaction of what it tells, and sent afterwards. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    sequence: whole('sequence').primaryKey().generatedByDefaultAsIdentity(),
    /** The same in every attempt, so that the receiver can tell a repetition. */
    id: text('id').notNull().unique(),
    webhookId: text('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    /** Of the job it tells of: it goes with the video. */
    videoId: text('video_id').references(() => videos.id, { onDelete: 'cascade' }),
    event: text('event').$type<WebhookEventType>().notNull(),
    body: json('body').$type<JsonObject>().notNull(),
    state: text('state').$type<DeliveryState>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Status of the last answer; null when there was none. */
    responseStatus: integer('response_status'),
    /** What went wrong at the last attempt. */
    error: text('error'),
    createdAtMs: whole('created_at_ms').notNull(),
    attemptedAtMs: whole('attempted_at_ms'),
  },
  (table) => [
    index('webhook_deliveries_state').on(table.state, table.sequence),
    index('webhook_deliveries_webhook_id').on(table.webhookId, table.sequence),
    index('webhook_deliveries_video_id').on(table.videoId),
  ],
);
