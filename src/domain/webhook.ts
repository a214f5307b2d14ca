import type { JsonObject } from './json.js';

/** What a webhook can be told. */
export const WEBHOOK_EVENTS = ['job.succeeded', 'job.failed', 'job.cancelled', 'job.poisoned'] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** An address that wants to hear how jobs end. */
export interface Webhook {
  id: string;
  url: string;
  events: WebhookEventType[];
  createdAtMs: number;
}

/** `failed`: it was tried as often as is allowed. */
export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** One message to one webhook, however often it is tried. */
export interface WebhookDelivery {
  /** The same in every attempt, so that the receiver can tell a repetition. */
  id: string;
  webhookId: string;
  event: WebhookEventType;
  body: JsonObject;
  state: DeliveryState;
  attempts: number;
  /** Status of the last answer; null when there was none. */
  responseStatus: number | null;
  /** What went wrong at the last attempt; null when nothing did. */
  error: string | null;
  createdAtMs: number;
  attemptedAtMs: number | null;
}
