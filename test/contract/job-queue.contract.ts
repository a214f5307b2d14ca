import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEndState } from '../../src/domain/job.js';
import type { JobQueue, NewJob } from '../../src/ports/job-queue.js';
import { collected } from '../support/collected.js';

/** A queue on a clock that the test moves. */
export interface QueueUnderTest {
  queue: JobQueue;
  leaseMs: number;
  maxAttempts: number;
  pass: (milliseconds: number) => void;
  /** Another process on the same jobs. */
  another: () => JobQueue;
}

const KINDS = ['ingest'];
const newJob = (payload = {}): NewJob => ({ id: randomUUID(), kind: 'ingest', payload });
const failure = { code: 'timed-out', detail: 'It took too long.', hint: null };

/** What every `JobQueue` keeps, wherever it keeps its jobs. */
export function describeJobQueue(
  name: string,
  open: (options?: { keptJobs: number }) => Promise<QueueUnderTest>,
): void {
  describe(`${name} as a JobQueue`, () => {
    it('gives jobs out oldest first, each once, of the kinds asked for', async () => {
      const { queue } = await open();
      const first = await queue.enqueue(newJob({ path: '/a' }));
      const second = await queue.enqueue(newJob());
      await queue.enqueue({ ...newJob(), kind: 'other' });
      expect(first).toMatchObject({ state: 'queued', attempts: 0, payload: { path: '/a' }, videoId: null });
      expect(await queue.claim('me', KINDS)).toMatchObject({ id: first.id, state: 'running', attempts: 1 });
      expect(await queue.claim('you', KINDS)).toMatchObject({ id: second.id });
      expect(await queue.claim('me', KINDS)).toBeUndefined();
      expect(await queue.depth()).toEqual({ queued: 1, running: 2 });
    });

    it('takes the word of the owner only', async () => {
      const { queue } = await open();
      const { id } = await queue.enqueue(newJob());
      await queue.claim('me', KINDS);
      expect(await queue.succeed(id, 'you', {})).toBe(false);
      expect(await queue.fail(id, 'you', failure, { verdict: 'failed' })).toBe(false);
      expect(await queue.release(id, 'you')).toBe(false);
      expect(await queue.stopped(id, 'you')).toBe(false);
      expect(await queue.heartbeat(id, 'you')).toBe('lost');
      await queue.progress(id, 'you', { stage: 'lying', percent: 99, etaSeconds: 0 });
      expect(await queue.get(id)).toMatchObject({ state: 'running', stage: null });
      expect(await queue.succeed(id, 'me', { clipCount: 3 })).toBe(true);
      expect(await queue.get(id)).toMatchObject({
        state: 'succeeded',
        percent: 100,
        result: { clipCount: 3 },
      });
      expect(await queue.succeed(id, 'me', {})).toBe(false);
    });

    it('holds a failed job back for the pause, on a clock nobody can set', async () => {
      const { queue, pass } = await open();
      const { id } = await queue.enqueue(newJob());
      await queue.claim('me', KINDS);
      await queue.fail(id, 'me', failure, { verdict: 'retry', delayMs: 1000 });
      expect(await queue.get(id)).toMatchObject({ state: 'queued', attempts: 1, failure });
      expect(await queue.claim('me', KINDS)).toBeUndefined();
      pass(999);
      expect(await queue.claim('me', KINDS)).toBeUndefined();
      const fresh = await queue.enqueue(newJob());
      expect(await queue.claim('me', KINDS)).toMatchObject({ id: fresh.id });
      pass(1);
      expect(await queue.claim('me', KINDS)).toMatchObject({ id, attempts: 2, failure: null });
    });

    it('puts a job back as if it had not been begun', async () => {
      const { queue } = await open();
      const { id } = await queue.enqueue(newJob());
      await queue.claim('me', KINDS);
      expect(await queue.release(id, 'me')).toBe(true);
      expect(await queue.claim('you', KINDS)).toMatchObject({ id, attempts: 1 });
    });

    it('gives the jobs of an owner to another once it was silent for a lease', async () => {
      const { leaseMs, pass, queue, another } = await open();
      const [silent, alive] = [await queue.enqueue(newJob()), await queue.enqueue(newJob())];
      await queue.claim('dead', KINDS);
      await queue.claim('alive', KINDS);
      const other = another();
      expect((await other.recover(false)).requeued).toEqual([]);
      pass(leaseMs - 1);
      expect(await queue.heartbeat(alive.id, 'alive')).toBe('held');
      expect((await other.recover(false)).requeued).toEqual([]);
      pass(1);
      expect((await other.recover(false)).requeued.map(({ id }) => id)).toEqual([silent.id]);
      expect(await other.claim('you', KINDS)).toMatchObject({ id: silent.id, attempts: 2 });
      expect(await queue.heartbeat(silent.id, 'dead')).toBe('lost');
      expect(await queue.succeed(silent.id, 'dead', {})).toBe(false);
    });

    it('takes up everything at a start, and leaves alone what ended the process too often', async () => {
      const { queue, another, maxAttempts } = await open();
      const { id } = await queue.enqueue(newJob());
      for (let attempt = 1; attempt < maxAttempts; attempt++) {
        await queue.claim(`process ${attempt}`, KINDS);
        expect((await another().recover(true)).requeued).toMatchObject([{ id, attempts: attempt }]);
      }
      await queue.claim('last process', KINDS);
      expect((await another().recover(true)).poisoned).toMatchObject([{ id, state: 'poisoned' }]);
      expect(await queue.claim('me', KINDS)).toBeUndefined();
      expect((await queue.get(id))!.failure!.detail).toContain(`begun ${maxAttempts} times`);
      expect(await another().recover(true)).toEqual({ requeued: [], poisoned: [], cancelled: [] });
    });

    it('cancels what waits at once, and asks what runs', async () => {
      const { queue } = await open();
      const [running, waiting] = [await queue.enqueue(newJob()), await queue.enqueue(newJob())];
      await queue.claim('me', KINDS);
      expect(await queue.cancel(waiting.id)).toMatchObject({ state: 'cancelled' });
      expect(await queue.cancel(running.id)).toMatchObject({ state: 'running', cancelRequested: true });
      expect(await queue.heartbeat(running.id, 'me')).toBe('cancel-requested');
      expect(await queue.stopped(running.id, 'me')).toBe(true);
      expect(await queue.cancel(running.id)).toMatchObject({ state: 'cancelled', cancelRequested: false });
      expect(await queue.cancel('none')).toBeUndefined();
    });

    it('does not begin again what was asked to stop, whatever became of its owner', async () => {
      const { queue } = await open();
      const ends = [
        (id: string) => queue.release(id, 'me'),
        (id: string) => queue.fail(id, 'me', failure, { verdict: 'retry', delayMs: 0 }),
        () => queue.recover(true),
      ];
      for (const end of ends) {
        const { id } = await queue.enqueue(newJob());
        await queue.claim('me', KINDS);
        await queue.cancel(id);
        await end(id);
        expect(await queue.get(id)).toMatchObject({ state: 'cancelled' });
      }
    });

    it('retries by hand what ended without success, as if it were new', async () => {
      const { queue } = await open();
      const { id } = await queue.enqueue(newJob());
      await expect(queue.retry(id)).rejects.toMatchObject({ code: 'conflict' });
      await queue.claim('me', KINDS);
      await expect(queue.retry(id)).rejects.toMatchObject({ code: 'conflict' });
      await queue.fail(id, 'me', failure, { verdict: 'poisoned' });
      expect(await queue.retry(id)).toMatchObject({
        state: 'queued',
        attempts: 0,
        failure: null,
        finishedAtMs: null,
      });
      await queue.claim('me', KINDS);
      await queue.succeed(id, 'me', {});
      await expect(queue.retry(id)).rejects.toMatchObject({ code: 'conflict' });
      expect(await queue.retry('none')).toBeUndefined();
    });

    it('answers the same request with the same job, and another under its key not at all', async () => {
      const { queue } = await open();
      const idempotency = { key: 'k', requestHash: 'h' };
      const first = await queue.enqueue({ ...newJob(), idempotency });
      expect(await queue.enqueue({ ...newJob(), idempotency })).toEqual(first);
      await expect(
        queue.enqueue({ ...newJob(), idempotency: { ...idempotency, requestHash: 'x' } }),
      ).rejects.toMatchObject({ code: 'conflict' });
      expect((await queue.list(10)).jobs).toHaveLength(1);
    });

    it('takes a job that goes alone when no other of its kind waits or runs', async () => {
      const { queue, another } = await open();
      const alone = (): NewJob => ({ ...newJob(), isAlone: true });
      const attempts = await Promise.allSettled([queue.enqueue(alone()), another().enqueue(alone())]);
      expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const { id } = (await queue.claim('me', KINDS))!;
      await expect(queue.enqueue(alone())).rejects.toMatchObject({
        code: 'conflict',
        details: { jobId: id },
      });
      expect(await queue.enqueue({ ...alone(), kind: 'other' })).toMatchObject({ state: 'queued' });
      await queue.succeed(id, 'me', {});
      const second = await queue.enqueue(alone());
      expect(second).toMatchObject({ state: 'queued' });
      // One that failed before is not tried again beside it.
      await queue.cancel(second.id);
      const third = await queue.enqueue(alone());
      await expect(queue.retry(second.id)).rejects.toMatchObject({ details: { jobId: third.id } });
      await queue.cancel(third.id);
      expect(await queue.retry(second.id)).toMatchObject({ state: 'queued' });
    });

    it('forgets jobs that were over long ago, and none that waits', async () => {
      const { queue } = await open({ keptJobs: 3 });
      const waiting = await queue.enqueue({ ...newJob(), kind: 'other' });
      const ended: string[] = [];
      for (let job = 0; job < 5; job++) {
        const { id } = await queue.enqueue(newJob());
        await queue.claim('me', KINDS);
        await queue.succeed(id, 'me', {});
        ended.push(id);
      }
      const left = (await queue.list(10)).jobs.map(({ id }) => id);
      expect(left).toEqual([...ended.slice(2).reverse(), waiting.id]);
      expect(await queue.get(ended[0]!)).toBeUndefined();
    });

    it('tells the whole story to who comes late, and the rest to who comes back', async () => {
      const { queue } = await open();
      const { id } = await queue.enqueue(newJob());
      await queue.claim('me', KINDS);
      for (const percent of [10, 20, 30])
        await queue.progress(id, 'me', { stage: 'encoding', percent, etaSeconds: 1 });
      await queue.succeed(id, 'me', {});
      const never = new AbortController().signal;
      const story = await collected(queue.events(id, 0, never));
      expect(story.map(({ type, data }) => [type, data.state ?? data.percent])).toEqual([
        ['state', 'queued'],
        ['state', 'running'],
        ['progress', 30],
        ['state', 'succeeded'],
      ]);
      expect(await collected(queue.events(id, story[1]!.id, never))).toEqual(story.slice(2));
      expect(await collected(queue.events('none', 0, never))).toEqual([]);
    });

    it('tells what happens as it happens, until the end', async () => {
      const { queue } = await open();
      const { id } = await queue.enqueue(newJob());
      const story: string[] = [];
      const listening = (async () => {
        for await (const { data } of queue.events(id, 0, new AbortController().signal)) {
          story.push(String(data.state ?? data.stage));
          // Each next thing happens only once the one before was heard.
          if (data.state === 'queued') await queue.claim('me', KINDS);
          if (data.state === 'running')
            await queue.progress(id, 'me', { stage: 'hashing', percent: 1, etaSeconds: null });
          if (data.stage === 'hashing') await queue.fail(id, 'me', failure, { verdict: 'failed' });
        }
      })();
      await listening;
      expect(story).toEqual(['queued', 'running', 'hashing', 'failed']);
    });

    it('stops telling when the listener goes', async () => {
      const { queue } = await open();
      const { id } = await queue.enqueue(newJob());
      const controller = new AbortController();
      const events = queue.events(id, 0, controller.signal)[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      controller.abort();
      expect(await next).toMatchObject({ done: true });
    });

    it('lists page by page, newest first, by state and kind', async () => {
      const { queue } = await open();
      const ids: string[] = [];
      for (let count = 0; count < 5; count++) ids.unshift((await queue.enqueue(newJob())).id);
      await queue.enqueue({ ...newJob(), kind: 'other' });
      await queue.cancel(ids[0]!);
      const first = await queue.list(2, undefined, { kind: 'ingest', state: 'queued' });
      expect(first.jobs.map(({ id }) => id)).toEqual(ids.slice(1, 3));
      const second = await queue.list(2, first.nextCursor, { kind: 'ingest', state: 'queued' });
      expect(second.jobs.map(({ id }) => id)).toEqual(ids.slice(3, 5));
      expect(second.nextCursor).toBeUndefined();
      await expect(queue.list(2, 'x')).rejects.toMatchObject({ code: 'invalid-input' });
    });

    it('whatever happens in whatever order, no job is lost, done twice at once, or left without an end', async () => {
      const step = fc.constantFrom(
        'enqueue',
        'claim',
        'succeed',
        'fail',
        'retry-later',
        'die',
        'cancel',
        'pass',
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const { queue, pass, leaseMs } = await open();
          const ids: string[] = [];
          let held: string[] = [];
          for (const what of steps) {
            const job = held[0];
            if (what === 'enqueue') ids.push((await queue.enqueue(newJob())).id);
            else if (what === 'claim') {
              const claimed = await queue.claim('me', KINDS);
              if (claimed === undefined) continue;
              expect(held).not.toContain(claimed.id);
              held.push(claimed.id);
            } else if (what === 'pass') pass(10_000);
            else if (what === 'cancel' && ids.length > 0) await queue.cancel(ids.at(-1)!);
            else if (what === 'die') {
              await queue.recover(true);
              held = [];
            } else if (job !== undefined) {
              held = held.slice(1);
              if (what === 'succeed') expect(await queue.succeed(job, 'me', {})).toBe(true);
              if (what === 'fail') await queue.fail(job, 'me', failure, { verdict: 'failed' });
              if (what === 'retry-later')
                await queue.fail(job, 'me', failure, { verdict: 'retry', delayMs: 5000 });
              if (what === 'cancel') held = [job, ...held];
            }
          }
          await queue.recover(true);
          for (;;) {
            await queue.claim('me', KINDS);
            pass(leaseMs);
            const job = await queue.claim('me', KINDS);
            const { jobs } = await queue.list(100, undefined, { state: 'running' });
            for (const { id } of jobs) await queue.succeed(id, 'me', {});
            if (job === undefined && jobs.length === 0) break;
          }
          const { jobs } = await queue.list(100);
          expect(jobs.map(({ id }) => id).reverse()).toEqual(ids);
          expect(jobs.every(({ state }) => isEndState(state))).toBe(true);
        }),
        { numRuns: 25 },
      );
    });
  });
}
