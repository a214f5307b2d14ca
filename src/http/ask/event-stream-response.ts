import { toProblem } from '../problem.js';
import type { AnswerStream, StreamEvent } from './answer-stream.js';
import { eventId } from './answer-streams.js';

export interface EventStreamTimes {
  /** Silence after which a comment is sent, so that nothing on the way takes the connection for dead. */
  heartbeatMs: number;
  /** A reader that takes nothing for so long is let go. */
  stallMs: number;
  /** After how long a reader that was cut off should come back. */
  retryMs: number;
}

export const DEFAULT_TIMES: EventStreamTimes = { heartbeatMs: 15_000, stallMs: 30_000, retryMs: 200 };

/**
 * An answer as server-sent events, from after one of them on. Events are taken from the answer when the connection has room
 * for them, not before.
 * @param leave called when nobody reads any more; more than once, perhaps.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStreamResponse(
  answer: AnswerStream,
  after: number,
  leave: () => void,
  times: EventStreamTimes = DEFAULT_TIMES,
): Response {
  const encoder = new TextEncoder();
  let last = after;
  let stalled: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = (): void => {
    isOver = true;
    clearTimeout(stalled);
    leave();
  };

  const watch = (controller: ReadableStreamDefaultController): void => {
    stalled = setTimeout(() => {
      end();
      controller.error(new Error('The reader takes nothing.'));
    }, times.stallMs);
  };

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        watch(controller);
        controller.enqueue(encoder.encode(`retry: ${times.retryMs}\n\n`));
      },
      async pull(controller) {
        clearTimeout(stalled);
        const next = await withHeartbeat(answer.after(last), times.heartbeatMs).catch(
          (thrown: unknown) => thrown,
        );
        if (isOver) return;
        if (next === undefined) {
          controller.close();
          return end();
        }
        if (next === HEARTBEAT) controller.enqueue(encoder.encode(': heartbeat\n\n'));
        else if (isEvent(next)) {
          last = next.number;
          controller.enqueue(encoder.encode(eventText(eventId(answer, last), next.event, next.data)));
        } else {
          // Too far behind: what follows is kept no more.
          const problem = JSON.stringify(toProblem(next));
          controller.enqueue(encoder.encode(`event: error\ndata: ${problem}\n\n`));
          controller.close();
          return end();
        }
        watch(controller);
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Nginx would hold events back until it has a buffer full.
      'x-accel-buffering': 'no',
    },
  });
}

function eventText(id: string, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

const HEARTBEAT = Symbol('heartbeat');

function withHeartbeat<Result>(result: Promise<Result>, afterMs: number): Promise<Result | typeof HEARTBEAT> {
  let timer: NodeJS.Timeout;
  const heartbeat = new Promise<typeof HEARTBEAT>((resolve) => {
    timer = setTimeout(() => resolve(HEARTBEAT), afterMs);
  });
  return Promise.race([result, heartbeat]).finally(() => clearTimeout(timer));
}

function isEvent(next: unknown): next is StreamEvent {
  return typeof next === 'object' && next !== null && 'number' in next;
}
