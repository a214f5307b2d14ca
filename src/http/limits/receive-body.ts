import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../domain/errors.js';
import type { Endpoints } from '../endpoints.js';
import { announcedBytes } from './announced-bytes.js';
import { ByteBudget, counted } from './byte-budget.js';
import { isStreamed } from './limit-body.js';
import { tooMany } from './shed-load.js';

/** A megabyte takes less on any line. */
const DEADLINE_MS = 20_000;
/** Of those who drip, each holds little. */
const MAX_RECEIVING = 1000;
/** Four of the largest at once. While it is worked on, a body takes some times its bytes: as text, as values, decoded. */
const MAX_BYTES = 128 * 1024 * 1024;

/** Counted as announced, which takes a millisecond less than to count it as it comes; a thousand of them are an eighth of the whole. */
const SMALL_BYTES = 16 * 1024;

/**
 * Receives the bodies that are read into memory before the request counts as one that is worked on: who sends slowly, or
 * not at all, keeps nobody else waiting. To be used after their size is bounded.
 */
export function receiveBody(
  endpoints: Endpoints,
  deadlineMs = DEADLINE_MS,
  maxBytes = MAX_BYTES,
): MiddlewareHandler {
  const budget = new ByteBudget('Bodies of requests', maxBytes);
  let underWay = 0;
  return async (context, next) => {
    const { method, raw } = context.req;
    const announced = announcedBytes(raw);
    if (method === 'GET' || method === 'HEAD' || announced === 0) return next();
    const isSmall = announced !== undefined && announced <= SMALL_BYTES;
    // Looked at only where it has to be counted: the server makes a whole request of what it has for it.
    if (!isSmall && raw.body === null) return next();
    if (isStreamed(context, endpoints.of(context))) return next();
    if (underWay >= MAX_RECEIVING) throw tooMany(context, `${MAX_RECEIVING} requests are being received`);
    const share = budget.share();
    try {
      underWay++;
      try {
        if (isSmall) share.take(announced);
        else context.req.raw = withBody(raw, counted(raw.body!, share));
        // Hono keeps it for the route.
        await within(deadlineMs, context.req.text());
      } finally {
        underWay--;
      }
      await next();
    } finally {
      share.giveBack();
    }
  };
}

function withBody(request: Request, body: AsyncIterable<Uint8Array>): Request {
  return new Request(request, { body: ReadableStream.from(body), duplex: 'half' } as RequestInit);
}

async function within(deadlineMs: number, body: Promise<string>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new AppError('too-slow', `The body of the request did not arrive within ${deadlineMs / 1000} s.`, {
          hint: 'Send it at once, or as a file.',
        }),
      );
    }, deadlineMs);
  });
  // When it is late, nobody hears that it then fails.
  body.catch(() => {});
  await Promise.race([body, late]).finally(() => clearTimeout(timer));
}
