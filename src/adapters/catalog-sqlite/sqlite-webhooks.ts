import { and, asc, desc, eq, lt, lte, ne, sql } from 'drizzle-orm';
import type { Webhook, WebhookDelivery } from '../../domain/webhook.js';
import type {
  AttemptOutcome,
  DeliveryPage,
  NewWebhook,
  PendingDelivery,
  WebhookStore,
} from '../../ports/webhook-store.js';
import { parseCursor, toPage } from '../catalog-parts/cursors.js';
import type { LibraryDatabase } from './library-database.js';
import { webhookDeliveries, webhooks } from './schema/webhooks.js';

/** Messages that are over and kept for people to look at. By number: a clock that is set must not forget them. */
const KEPT_DELIVERIES = 10_000;

const deliveryColumns = {
  id: webhookDeliveries.id,
  webhookId: webhookDeliveries.webhookId,
  event: webhookDeliveries.event,
  body: webhookDeliveries.body,
  state: webhookDeliveries.state,
  attempts: webhookDeliveries.attempts,
  responseStatus: webhookDeliveries.responseStatus,
  error: webhookDeliveries.error,
  createdAtMs: webhookDeliveries.createdAtMs,
  attemptedAtMs: webhookDeliveries.attemptedAtMs,
};

/** Webhooks in the SQLite file of a library, beside the jobs they are told of. */
export class SqliteWebhooks implements WebhookStore {
  readonly #database: LibraryDatabase;

  constructor(database: LibraryDatabase) {
    this.#database = database;
  }

  async add(webhook: NewWebhook): Promise<void> {
    this.#database.run((database) => database.insert(webhooks).values(webhook).run());
  }

  async list(): Promise<Webhook[]> {
    const { id, url, events, createdAtMs } = webhooks;
    return this.#database.run((database) =>
      database.select({ id, url, events, createdAtMs }).from(webhooks).orderBy(desc(webhooks.sequence)).all(),
    );
  }

  async remove(webhookId: string): Promise<boolean> {
    return this.#database.run(
      (database) => database.delete(webhooks).where(eq(webhooks.id, webhookId)).run().changes > 0,
    );
  }

  async deliveries(webhookId: string, limit: number, cursor?: string): Promise<DeliveryPage> {
    const { sequence } = webhookDeliveries;
    const rows = this.#database.run((database) =>
      database
        .select({ ...deliveryColumns, sequence })
        .from(webhookDeliveries)
        .where(and(eq(webhookDeliveries.webhookId, webhookId), lt(sequence, parseCursor(cursor))))
        .orderBy(desc(sequence))
        .limit(limit + 1)
        .all(),
    );
    const { page, nextCursor } = toPage(rows, limit);
    return { deliveries: page, nextCursor };
  }

  async pending(limitEach: number): Promise<PendingDelivery[]> {
    return this.#database.run((database) => {
      const { id, url, secret } = webhooks;
      const receivers = database.select({ id, url, secret }).from(webhooks).all();
      return receivers.flatMap((receiver) =>
        database
          .select(deliveryColumns)
          .from(webhookDeliveries)
          .where(and(eq(webhookDeliveries.state, 'pending'), eq(webhookDeliveries.webhookId, receiver.id)))
          .orderBy(asc(webhookDeliveries.sequence))
          .limit(limitEach)
          .all()
          .map((delivery) => ({ ...delivery, url: receiver.url, secret: receiver.secret })),
      );
    });
  }

  async recordAttempt(deliveryId: string, outcome: AttemptOutcome): Promise<void> {
    const { sequence, state, attempts } = webhookDeliveries;
    this.#database.transaction((transaction) => {
      transaction
        .update(webhookDeliveries)
        .set({ ...outcome, attempts: sql`${attempts} + 1`, attemptedAtMs: Date.now() })
        .where(eq(webhookDeliveries.id, deliveryId))
        .run();
      const newest = transaction
        .select({ sequence })
        .from(webhookDeliveries)
        .orderBy(desc(sequence))
        .limit(1)
        .get();
      const forgotten = lte(sequence, (newest?.sequence ?? 0) - KEPT_DELIVERIES);
      transaction
        .delete(webhookDeliveries)
        .where(and(ne(state, 'pending'), forgotten))
        .run();
    });
  }

  async replay(webhookId: string, deliveryId: string): Promise<WebhookDelivery | undefined> {
    const { id, webhookId: ofWebhook } = webhookDeliveries;
    return this.#database.run((database) =>
      database
        .update(webhookDeliveries)
        .set({ state: 'pending', attempts: 0 })
        .where(and(eq(id, deliveryId), eq(ofWebhook, webhookId)))
        .returning(deliveryColumns)
        .get(),
    );
  }
}
