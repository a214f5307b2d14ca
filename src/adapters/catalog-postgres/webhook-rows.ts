import { randomUUID } from 'node:crypto';
import type { Job } from '../../domain/job.js';
import { WEBHOOK_EVENTS } from '../../domain/webhook.js';
import type { Transaction } from './postgres-database.js';
import { webhookDeliveries, webhooks } from './schema/webhooks.js';

/** Puts the end of a job into the outbox of every webhook that wants to hear of it. */
export async function enqueueDeliveries(transaction: Transaction, job: Job): Promise<void> {
  const event = WEBHOOK_EVENTS.find((name) => name === `job.${job.state}`);
  if (event === undefined) return;
  const nowMs = Date.now();
  const { id: jobId, kind, videoId, state, attempts, result, failure } = job;
  const body = {
    type: event,
    timestamp: new Date(nowMs).toISOString(),
    data: { jobId, kind, videoId, state, attempts, result, failure },
  };
  // Locked, so that none is deleted before the message is stored.
  const listening = await transaction
    .select({ id: webhooks.id, events: webhooks.events })
    .from(webhooks)
    .for('key share');
  const deliveries = listening
    .filter(({ events }) => events.includes(event))
    .map(({ id }) => ({ id: randomUUID(), webhookId: id, videoId, event, body }))
    .map((delivery) => ({ ...delivery, state: 'pending' as const, createdAtMs: nowMs }));
  if (deliveries.length > 0) await transaction.insert(webhookDeliveries).values(deliveries);
}
