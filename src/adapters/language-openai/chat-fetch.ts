import type { FetchFunction } from '@ai-sdk/provider-utils';

/** A whole reply of this size is no answer. */
const MAX_REPLY_BYTES = 4 * 2 ** 20;

/**
 * `fetch` for chat completions. Never follows a redirect, which could carry the key elsewhere: it is a reply like any other, and no answer. A server that
 * answers in one piece, though it was asked for a stream, is read as a stream of one piece.
 */
export const chatFetch: FetchFunction = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  const isWhole = /^application\/json\b/i.test(response.headers.get('content-type') ?? '');
  if (!response.ok || !isWhole || response.body === null) return response;
  const events = wholeReplyAsStream(response.body);
  return new Response(events, { headers: { 'content-type': 'text/event-stream' } });
};

function wholeReplyAsStream(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk) {
        bytes += chunk.byteLength;
        if (bytes > MAX_REPLY_BYTES) throw new Error(`The reply has more than ${MAX_REPLY_BYTES} bytes.`);
        chunks.push(chunk);
      },
      flush(controller) {
        const event = asChunk(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        controller.enqueue(Buffer.from(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`));
      },
    }),
  );
}

/** The only difference: what a chunk calls `delta` a whole reply calls `message`. */
function asChunk(reply: unknown): unknown {
  if (!isRecord(reply) || !Array.isArray(reply.choices)) return reply;
  const choices = reply.choices.map((choice: unknown) => {
    if (!isRecord(choice)) return choice;
    const { message, ...rest } = choice;
    return { ...rest, delta: message };
  });
  return { ...reply, choices };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
