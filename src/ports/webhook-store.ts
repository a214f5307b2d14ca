import type { DeliveryState, Webhook, WebhookDelivery } from '../domain/webhook.js';

export interface NewWebhook extends Webhook {
  secret: string;
}

/** A message that waits to be sent, with what it takes. */
export interface PendingDelivery extends WebhookDelivery {
  url: string;
  secret: string;
}

/** What became of an attempt. */
export interface AttemptOutcome {
  state: DeliveryState;
  responseStatus: number | null;
  error: string | null;
}

export interface DeliveryPage {
  /** Newest first. */
  deliveries: WebhookDelivery[];
  /** Give it back to get the next page; undefined on the last. */
  nextCursor: string | undefined;
}

/**
 * Webhooks and what they were told. Messages are written by the job queue, in the transaction that ends the job, so
 * that none is lost; they are sent afterwards, at least once.
 */
export interface WebhookStore {
  add(webhook: NewWebhook): Promise<void>;
  /** Newest first. */
  list(): Promise<Webhook[]>;
  /** With its messages. @returns false when there is none. */
  remove(webhookId: string): Promise<boolean>;
  /** @throws AppError `invalid-input` for a cursor this store did not give. */
  deliveries(webhookId: string, limit: number, cursor?: string): Promise<DeliveryPage>;
  /** Those that wait to be sent: of each webhook the oldest, so that one that is dead holds up no other. */
  pending(limitEach: number): Promise<PendingDelivery[]>;
  /** Remembers an attempt; the log of what is over is kept to the newest. */
  recordAttempt(deliveryId: string, outcome: AttemptOutcome): Promise<void>;
  /**
   * Has a message sent again, as if for the first time.
   * @returns undefined when the webhook has no such message.
   */
  replay(webhookId: string, deliveryId: string): Promise<WebhookDelivery | undefined>;
}
