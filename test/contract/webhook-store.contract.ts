import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { WEBHOOK_EVENTS } from '../../src/domain/webhook.js';
import type { Catalog } from '../../src/ports/catalog.js';
import type { JobQueue } from '../../src/ports/job-queue.js';
import type { NewWebhook, WebhookStore } from '../../src/ports/webhook-store.js';
import { newJob, newVideo } from '../support/new-videos.js';

export interface WebhooksUnderTest {
  webhooks: WebhookStore;
  /** On the same database: it writes the messages. */
  jobs: JobQueue;
  catalog: Catalog;
}

function newWebhook(changes: Partial<NewWebhook> = {}): NewWebhook {
  const id = randomUUID();
  const url = `https://${id}.example/`;
  return { id, url, events: [...WEBHOOK_EVENTS], secret: 'whsec_x', createdAtMs: 1000, ...changes };
}

/** What every `WebhookStore` keeps, and what the job queue beside it writes there. */
export function describeWebhookStore(name: string, open: () => Promise<WebhooksUnderTest>): void {
  describe(`${name} as a WebhookStore`, () => {
    /** A job that ended with success. @returns its id. */
    const finishJob = async (jobs: JobQueue) => {
      const { id } = await jobs.enqueue({ id: randomUUID(), kind: 'ingest', payload: {} });
      await jobs.claim('me', ['ingest']);
      await jobs.succeed(id, 'me', { clipCount: 3 });
      return id;
    };
    const failed = { state: 'failed', responseStatus: null, error: 'Nobody is there.' } as const;
    const delivered = { state: 'delivered', responseStatus: 204, error: null } as const;

    it('lists webhooks, the newest first, without their secrets', async () => {
      const { webhooks } = await open();
      const [first, second] = [newWebhook(), newWebhook({ events: ['job.failed'] })];
      await webhooks.add(first);
      await webhooks.add(second);
      const { secret: _1, ...older } = first;
      const { secret: _2, ...newer } = second;
      expect(await webhooks.list()).toEqual([newer, older]);
    });

    it('has a message for each that wants to hear how a job ended, and for nobody else', async () => {
      const { webhooks, jobs } = await open();
      const listening = newWebhook();
      await webhooks.add(listening);
      await webhooks.add(newWebhook({ events: ['job.failed'] }));
      const jobId = await finishJob(jobs);
      const pending = await webhooks.pending(10);
      expect(pending).toMatchObject([
        {
          webhookId: listening.id,
          url: listening.url,
          secret: listening.secret,
          event: 'job.succeeded',
          state: 'pending',
          attempts: 0,
          responseStatus: null,
          attemptedAtMs: null,
          body: { type: 'job.succeeded', data: { jobId, state: 'succeeded', result: { clipCount: 3 } } },
        },
      ]);
    });

    it('gives the oldest messages of each webhook, so that a dead one holds up no other', async () => {
      const { webhooks, jobs } = await open();
      const dead = newWebhook();
      await webhooks.add(dead);
      const first = await finishJob(jobs);
      const second = await finishJob(jobs);
      const living = newWebhook();
      await webhooks.add(living);
      const third = await finishJob(jobs);
      const jobsOf = async (webhookId: string, limitEach: number) =>
        (await webhooks.pending(limitEach))
          .filter((each) => each.webhookId === webhookId)
          .map(({ body }) => (body as { data: { jobId: string } }).data.jobId);
      expect(await jobsOf(dead.id, 2)).toEqual([first, second]);
      expect(await jobsOf(living.id, 2)).toEqual([third]);
    });

    it('keeps what became of every attempt, and sends again on demand as if for the first time', async () => {
      const { webhooks, jobs } = await open();
      const { id } = newWebhook();
      await webhooks.add(newWebhook({ id }));
      await finishJob(jobs);
      const message = (await webhooks.pending(1))[0]!;
      const log = async () => (await webhooks.deliveries(id, 10)).deliveries;
      await webhooks.recordAttempt(message.id, { ...failed, state: 'pending' });
      expect(await log()).toMatchObject([{ state: 'pending', attempts: 1, error: 'Nobody is there.' }]);
      await webhooks.recordAttempt(message.id, failed);
      expect(await log()).toMatchObject([{ state: 'failed', attempts: 2 }]);
      expect(await webhooks.pending(1)).toEqual([]);
      expect(await webhooks.replay(id, message.id)).toMatchObject({ id: message.id, state: 'pending' });
      expect(await webhooks.pending(1)).toMatchObject([{ id: message.id, attempts: 0 }]);
      await webhooks.recordAttempt(message.id, delivered);
      const [last] = await log();
      expect(last).toMatchObject({ ...delivered, attempts: 1 });
      expect(last!.attemptedAtMs).toBeGreaterThanOrEqual(last!.createdAtMs);
      expect(await webhooks.replay(id, 'none')).toBeUndefined();
      expect(await webhooks.replay('none', message.id)).toBeUndefined();
    });

    it('gives the log page by page, the newest first', async () => {
      const { webhooks, jobs } = await open();
      const { id } = newWebhook();
      await webhooks.add(newWebhook({ id }));
      const finished: string[] = [];
      for (let job = 0; job < 5; job++) finished.unshift(await finishJob(jobs));
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await webhooks.deliveries(id, 2, cursor);
        seen.push(...page.deliveries.map(({ body }) => (body as { data: { jobId: string } }).data.jobId));
        // What comes meanwhile moves nothing.
        await finishJob(jobs);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(finished);
      await expect(webhooks.deliveries(id, 2, 'no cursor')).rejects.toMatchObject({ code: 'invalid-input' });
    });

    it('forgets messages about a video with the video', async () => {
      const { webhooks, jobs, catalog } = await open();
      const { id } = newWebhook();
      await webhooks.add(newWebhook({ id }));
      const [doomed, kept] = [newVideo(), newVideo()];
      for (const video of [doomed, kept]) {
        const { job } = await catalog.registerVideo(video, { enqueue: newJob() });
        await jobs.cancel(job!.id);
      }
      expect((await webhooks.deliveries(id, 10)).deliveries).toHaveLength(2);
      await catalog.deleteVideo(doomed.id);
      const left = [...(await webhooks.deliveries(id, 10)).deliveries, ...(await webhooks.pending(10))];
      expect(left.map(({ body }) => (body as { data: { videoId: string } }).data.videoId)).toEqual([
        kept.id,
        kept.id,
      ]);
    });

    it('forgets a webhook with its messages', async () => {
      const { webhooks, jobs } = await open();
      const webhook = newWebhook();
      await webhooks.add(webhook);
      await finishJob(jobs);
      expect(await webhooks.remove(webhook.id)).toBe(true);
      expect(await webhooks.remove(webhook.id)).toBe(false);
      expect(await webhooks.list()).toEqual([]);
      expect(await webhooks.pending(10)).toEqual([]);
      expect((await webhooks.deliveries(webhook.id, 10)).deliveries).toEqual([]);
    });
  });
}
