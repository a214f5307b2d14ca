import { randomUUID } from 'node:crypto';
import type { Job } from '../../domain/job.js';
import { WEBHOOK_EVENTS } from '../../domain/webhook.js';
import type { Transaction } from './library-database.js';
import { webhookDeliveries, webhooks } from './schema/webhooks.js';

/** Puts the end of a job into the outbox of every webhook that wants to hear of it. */
export function enqueueDeliveries(transaction: Transaction, job: Job): void {
  const event = WEBHOOK_EVENTS.find((name) => name === `job.${job.state}`);
  if (event === undefined) return;
  const nowMs = Date.now();
  const { id: jobId, kind, videoId, state, attempts, result, failure } = job;
  const body = {
    type: event,
    timestamp: new Date(nowMs).toISOString(),
    data: { jobId, kind, videoId, state, attempts, result, failure },
  };
  const listening = transaction.select({ id: webhooks.id, events: webhooks.events }).from(webhooks).all();
  for (const webhook of listening.filter(({ events }) => events.includes(event))) {
    const delivery = { id: randomUUID(), webhookId: webhook.id, videoId, event, body };
    transaction
      .insert(webhookDeliveries)
      .values({ ...delivery, state: 'pending', createdAtMs: nowMs })
      .run();
  }
}
