import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { LibraryDatabase } from '../../adapters/catalog-sqlite/library-database.js';
import { SqliteJobQueue } from '../../adapters/catalog-sqlite/sqlite-job-queue.js';
import { AppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { JobHandler } from './job-handler.js';
import { JobRunner } from './job-runner.js';

async function openQueue() {
  const database = new LibraryDatabase(join(await temporaryFolder(), 'videre.sqlite'));
  onTestFinished(() => database.close());
  let nowMs = 0;
  const queue = new SqliteJobQueue(database, { clock: () => nowMs });
  const pass = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  const enqueue = () => queue.enqueue({ id: randomUUID(), kind: 'test', payload: {} });
  /** The job as it is once this is true of it. */
  const until = async (id: string, isReached: (job: Job) => boolean): Promise<Job> => {
    for await (const _ of queue.events(id, 0, AbortSignal.timeout(10_000))) {
      const job = (await queue.get(id))!;
      if (isReached(job)) return job;
    }
    throw new Error(`Never reached: ${JSON.stringify(await queue.get(id))}`);
  };
  const ended = (id: string) => until(id, ({ finishedAtMs }) => finishedAtMs !== null);
  return { queue, pass, enqueue, until, ended };
}

/** A runner whose beats are short, for tests wait for what they bring. */
async function startRunner(queue: SqliteJobQueue, handler: JobHandler, jobsAtOnce = 2): Promise<JobRunner> {
  const handlers = { test: handler };
  const runner = new JobRunner({ queue, handlers, jobsAtOnce, beatMs: 5, logFailure: () => {} });
  await runner.start(true);
  onTestFinished(async () => {
    await runner.drain(0);
  });
  return runner;
}

/** A handler that waits until it is let go or stopped, and tells how many of it run. */
function waitingHandler() {
  const begun: { release: () => void }[] = [];
  let running = 0;
  let most = 0;
  const handler: JobHandler = async (_, { signal }) => {
    most = Math.max(most, ++running);
    try {
      await new Promise<void>((resolve, reject) => {
        begun.push({ release: resolve });
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      return {};
    } finally {
      running--;
    }
  };
  return { handler, begun, most: () => most };
}

it('works on as many jobs at once as it may, and on all in the end', async () => {
  const { queue, enqueue, ended } = await openQueue();
  const jobs = [await enqueue(), await enqueue(), await enqueue(), await enqueue(), await enqueue()];
  const { handler, begun, most } = waitingHandler();
  await startRunner(queue, async (job, context) => {
    setImmediate(() => begun.shift()?.release());
    return handler(job, context);
  });
  for (const { id } of jobs) expect(await ended(id)).toMatchObject({ state: 'succeeded' });
  expect(most()).toBe(2);
});

it('tries again what may go well the next time, after a pause', async () => {
  const { queue, enqueue, until, ended, pass } = await openQueue();
  let attempts = 0;
  await startRunner(queue, async () => {
    if (++attempts === 1) throw new AppError('timed-out', 'Too slow.');
    return { attempts };
  });
  const { id } = await enqueue();
  const failed = await until(id, ({ failure }) => failure !== null);
  expect(failed).toMatchObject({ state: 'queued', failure: { code: 'timed-out', detail: 'Too slow.' } });
  pass(60_000);
  expect(await ended(id)).toMatchObject({
    state: 'succeeded',
    attempts: 2,
    failure: null,
    result: { attempts: 2 },
  });
});

it('gives up at once what cannot go well, and in the end what never does', async () => {
  const { queue, enqueue, ended, pass } = await openQueue();
  await startRunner(queue, async (job) => {
    if (job.payload.hopeless) throw new AppError('unsupported-media', 'No video.', { hint: 'Take another.' });
    throw new Error('secret of the inside');
  });
  const time = setInterval(() => pass(600_000), 5);
  onTestFinished(() => clearInterval(time));
  const hopeless = await queue.enqueue({ id: randomUUID(), kind: 'test', payload: { hopeless: true } });
  expect(await ended(hopeless.id)).toMatchObject({
    state: 'failed',
    attempts: 1,
    failure: { code: 'unsupported-media', detail: 'No video.', hint: 'Take another.' },
  });
  const { id } = await enqueue();
  const poisoned = await ended(id);
  expect(poisoned).toMatchObject({ state: 'poisoned', attempts: 5, failure: { code: 'internal' } });
  expect(JSON.stringify(poisoned)).not.toContain('secret');
});

it('stops a job that is cancelled, and goes on with the next', async () => {
  const { queue, enqueue, until, ended } = await openQueue();
  const { handler, begun } = waitingHandler();
  await startRunner(queue, handler, 1);
  const [first, second] = [await enqueue(), await enqueue()];
  await until(first.id, ({ state }) => state === 'running');
  await queue.cancel(first.id);
  expect(await ended(first.id)).toMatchObject({ state: 'cancelled', failure: null });
  await until(second.id, ({ state }) => state === 'running');
  begun.at(-1)!.release();
  expect(await ended(second.id)).toMatchObject({ state: 'succeeded' });
});

it('waits for what is under way when it has to go, and begins nothing more', async () => {
  const { queue, enqueue, until } = await openQueue();
  const { handler, begun } = waitingHandler();
  const runner = await startRunner(queue, handler, 1);
  const [first, second] = [await enqueue(), await enqueue()];
  await until(first.id, ({ state }) => state === 'running');
  const drained = runner.drain(10_000);
  begun[0]!.release();
  expect(await drained).toEqual({ ended: [first.id], released: [] });
  expect(await queue.get(first.id)).toMatchObject({ state: 'succeeded' });
  expect(await queue.get(second.id)).toMatchObject({ state: 'queued', attempts: 0 });
});

it('puts back what is not done in time, as if it had not been begun', async () => {
  const { queue, enqueue, until } = await openQueue();
  const runner = await startRunner(queue, waitingHandler().handler);
  const { id } = await enqueue();
  await until(id, ({ state }) => state === 'running');
  expect(await runner.drain(0)).toEqual({ ended: [], released: [id] });
  expect(await queue.get(id)).toMatchObject({ state: 'queued', attempts: 0, failure: null });
});

it('takes up what a process left that died, and leaves to others what is theirs', async () => {
  const { queue, enqueue, ended, pass } = await openQueue();
  const left = await enqueue();
  await queue.claim('dead process', ['test']);
  await startRunner(queue, async () => ({}));
  expect(await ended(left.id)).toMatchObject({ state: 'succeeded', attempts: 2 });

  const theirs = await queue.enqueue({ id: randomUUID(), kind: 'of another kind', payload: {} });
  await queue.claim('another process', ['of another kind']);
  pass(20_000);
  expect(await queue.heartbeat(theirs.id, 'another process')).toBe('held');
});
