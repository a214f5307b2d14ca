import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import { isEndState, type JobEvent } from '../../domain/job.js';
import type { JobQueue } from '../../ports/job-queue.js';
import { requires } from '../access/requires.js';
import type { TellFault } from '../guarded-app.js';
import { problem } from '../responses.js';
import { existing, jobParams } from './job-routes.js';

/** Keeps proxies from taking a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000;

const route = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}/events',
  summary: 'What happens to a job, as it happens',
  description:
    'Server-sent events: `state` (with `state`, `attempts`, `failure`, `result`), `progress` (with `stage`, `percent`, `etaSeconds`) and `video` (with `videoId`). The stream ends after the event that ends the job. Send `Last-Event-ID` to go on where you were; 204 says that nothing more will come.',
  security: requires('read'),
  request: {
    params: jobParams,
    headers: z.object({ 'last-event-id': z.string().optional() }),
  },
  responses: {
    200: {
      description: 'The events, oldest first.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'The job has ended and you have heard everything.' },
    404: problem('There is no such job.'),
  },
});

export interface EventStreamOptions {
  /** Hears what goes wrong once the response has begun. */
  tellFault: TellFault;
  /** Ends all streams; whoever listens comes back to the next process. */
  leaving?: AbortSignal | undefined;
  heartbeatMs?: number;
}

export function addJobEventsRoute(
  app: OpenAPIHono,
  jobs: JobQueue,
  { tellFault, leaving, heartbeatMs = HEARTBEAT_MS }: EventStreamOptions,
) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const lastEventId = toEventId(context.req.valid('header')['last-event-id']);
    const job = existing(await jobs.get(id), id);
    const listening = new AbortController();
    const until = leaving === undefined ? listening.signal : AbortSignal.any([listening.signal, leaving]);
    const events = jobs.events(id, lastEventId, until)[Symbol.asyncIterator]();
    if (isEndState(job.state) && lastEventId > 0) {
      // An EventSource comes back for ever, until it is told that there is nothing more.
      const first = await events.next();
      if (first.done) return context.body(null, 204);
      return send([first.value]);
    }
    return send([]);

    function send(before: JobEvent[]) {
      return streamSSE(context, async (stream) => {
        stream.onAbort(() => listening.abort());
        const heartbeat = setInterval(() => void stream.write(': alive\n\n'), heartbeatMs);
        try {
          for (const event of before) await stream.writeSSE(toMessage(event));
          for (let next = await events.next(); !next.done; next = await events.next()) {
            await stream.writeSSE(toMessage(next.value));
          }
        } catch (fault) {
          // The stream just ends: whoever listens comes back and goes on where it was.
          tellFault(fault, context);
        } finally {
          clearInterval(heartbeat);
          listening.abort();
        }
      });
    }
  });
}

function toMessage({ id, type, data }: JobEvent) {
  return { id: String(id), event: type, data: JSON.stringify(data) };
}

/** What is no id of ours says nothing, so everything is told. */
function toEventId(header: string | undefined): number {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : 0;
}
