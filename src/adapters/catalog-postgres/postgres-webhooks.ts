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
import { LOCKS } from './locks.js';
import type { PostgresDatabase } from './postgres-database.js';
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

/** Webhooks in the database of a library, beside the jobs they are told of. */
export class PostgresWebhooks implements WebhookStore {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async add(webhook: NewWebhook): Promise<void> {
    await this.#database.run((database) => database.insert(webhooks).values(webhook));
  }

  list(): Promise<Webhook[]> {
    const { id, url, events, createdAtMs } = webhooks;
    return this.#database.run((database) =>
      database.select({ id, url, events, createdAtMs }).from(webhooks).orderBy(desc(webhooks.sequence)),
    );
  }

  async remove(webhookId: string): Promise<boolean> {
    const { id } = webhooks;
    const removed = await this.#database.run((database) =>
      database.delete(webhooks).where(eq(id, webhookId)).returning({ id }),
    );
    return removed.length > 0;
  }

  async deliveries(webhookId: string, limit: number, cursor?: string): Promise<DeliveryPage> {
    const { sequence } = webhookDeliveries;
    const before = lt(sequence, parseCursor(cursor));
    const rows = await this.#database.run((database) =>
      database
        .select({ ...deliveryColumns, sequence })
        .from(webhookDeliveries)
        .where(and(eq(webhookDeliveries.webhookId, webhookId), before))
        .orderBy(desc(sequence))
        .limit(limit + 1),
    );
    const { page, nextCursor } = toPage(rows, limit);
    return { deliveries: page, nextCursor };
  }

  /** Of the processes on a library one sends them; to the others, none waits. */
  async pending(limitEach: number): Promise<PendingDelivery[]> {
    if (!(await this.#database.holdsLock(LOCKS.webhooks))) return [];
    return this.#database.run(async (database) => {
      const { id, url, secret } = webhooks;
      const receivers = await database.select({ id, url, secret }).from(webhooks);
      const waiting: PendingDelivery[] = [];
      for (const receiver of receivers) {
        const deliveries = await database
          .select(deliveryColumns)
          .from(webhookDeliveries)
          .where(and(eq(webhookDeliveries.state, 'pending'), eq(webhookDeliveries.webhookId, receiver.id)))
          .orderBy(asc(webhookDeliveries.sequence))
          .limit(limitEach);
        for (const delivery of deliveries)
          waiting.push({ ...delivery, url: receiver.url, secret: receiver.secret });
      }
      return waiting;
    });
  }

  async recordAttempt(deliveryId: string, outcome: AttemptOutcome): Promise<void> {
    const { sequence, state, attempts } = webhookDeliveries;
    await this.#database.transaction(async (transaction) => {
      await transaction
        .update(webhookDeliveries)
        .set({ ...outcome, attempts: sql`${attempts} + 1`, attemptedAtMs: Date.now() })
        .where(eq(webhookDeliveries.id, deliveryId));
      const [newest] = await transaction
        .select({ sequence })
        .from(webhookDeliveries)
        .orderBy(desc(sequence))
        .limit(1);
      const forgotten = lte(sequence, (newest?.sequence ?? 0) - KEPT_DELIVERIES);
      await transaction.delete(webhookDeliveries).where(and(ne(state, 'pending'), forgotten));
    });
  }

  async replay(webhookId: string, deliveryId: string): Promise<WebhookDelivery | undefined> {
    const { id, webhookId: ofWebhook } = webhookDeliveries;
    const [again] = await this.#database.run((database) =>
      database
        .update(webhookDeliveries)
        .set({ state: 'pending', attempts: 0 })
        .where(and(eq(id, deliveryId), eq(ofWebhook, webhookId)))
        .returning(deliveryColumns),
    );
    return again;
  }
}
