import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Question } from '../../app/answers/answer-question.js';
import { askClip } from '../../app/answers/ask-clip.js';
import { type AskDependencies, askLibrary } from '../../app/answers/ask-library.js';
import { askVideo } from '../../app/answers/ask-video.js';
import { collectAnswer } from '../../app/answers/collect-answer.js';
import type { AnswerEvent } from '../../domain/answer.js';
import { AppError, toAppError } from '../../domain/errors.js';
import { requires } from '../access/requires.js';
import type { TellFault } from '../guarded-app.js';
import { problem } from '../responses.js';
import { AnswerStreams } from './answer-streams.js';
import { answerEvents, answerSchema, askRequest } from './ask-schema.js';
import { eventStreamResponse } from './event-stream-response.js';

const body = { required: true, content: { 'application/json': { schema: askRequest } } };

const headers = z.object({
  'last-event-id': z
    .string()
    .optional()
    .openapi({ description: 'With Accept: text/event-stream, to go on after it.' }),
});

const responses = {
  200: {
    description: 'The answer; as server-sent events where the request accepts text/event-stream.',
    content: {
      'application/json': { schema: answerSchema },
      'text/event-stream': { schema: answerEvents },
    },
  },
  400: problem('The request is not valid.'),
  404: problem('There is no such video, clip or conversation.'),
  409: problem('The video is not ready.'),
  413: problem('The body is too large.'),
  415: problem('The body is not application/json.'),
  502: problem('The language model refused, or broke off.'),
  503: problem('There is no language model, or it is busy or down.'),
  504: problem('The language model took too long.'),
};

const askLibraryRoute = createRoute({
  method: 'post',
  path: '/v1/ask',
  summary: 'Ask a question about the library',
  security: requires('read'),
  request: { body, headers },
  responses,
});

const askVideoRoute = createRoute({
  method: 'post',
  path: '/v1/videos/{id}/ask',
  summary: 'Ask a question about a video',
  security: requires('read'),
  request: { params: z.object({ id: z.string() }), body, headers },
  responses,
});

const askClipRoute = createRoute({
  method: 'post',
  path: '/v1/clips/{id}/ask',
  summary: 'Ask a question about a clip',
  security: requires('read'),
  request: { params: z.object({ id: z.coerce.number().int().positive() }), body, headers },
  responses,
});

/** @param streamsOf where the answer of a request is kept while it is read; by default with all others. */
export function addAskRoutes(
  app: OpenAPIHono,
  dependencies: AskDependencies,
  tellFault: TellFault,
  streamsOf: () => AnswerStreams = keepingAll(new AnswerStreams()),
) {
  /** A new answer, or the one that the client was cut off from. */
  const openStream = (context: Context, ask: (signal: AbortSignal) => AsyncIterable<AnswerEvent>) => {
    const owner = `${callerName(context)} ${context.req.path}`;
    const streams = streamsOf();
    const lastEventId = context.req.header('last-event-id');
    if (lastEventId !== undefined && lastEventId !== '') return streams.resume(owner, lastEventId);
    const stream = streams.start(owner, ask, (fault) => {
      if (toAppError(fault).status >= 500) tellFault(fault, context);
    });
    return { stream, after: 0 };
  };

  /** One piece, or a stream, as the client accepts it. */
  const answer = async (context: Context, ask: (signal: AbortSignal) => AsyncIterable<AnswerEvent>) => {
    if (!/\btext\/event-stream\b/i.test(context.req.header('accept') ?? '')) {
      return context.json(await collectAnswer(ask(context.req.raw.signal)), 200);
    }
    const { stream, after } = openStream(context, ask);
    const leave = stream.attach();
    const { signal } = context.req.raw;
    // The connection may be gone before there is a response whose body could be cancelled.
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    await stream.begun().catch((thrown: unknown) => {
      leave();
      throw thrown;
    });
    return eventStreamResponse(stream, after, leave);
  };

  return app
    .openapi(askLibraryRoute, (context) => {
      const question = context.req.valid('json');
      return answer(context, (signal) => askLibrary({ ...question, signal }, dependencies));
    })
    .openapi(askVideoRoute, (context) => {
      const question = context.req.valid('json');
      const { id } = context.req.valid('param');
      return answer(context, (signal) => askVideo(id, { ...question, signal }, dependencies));
    })
    .openapi(askClipRoute, (context) => {
      const question: Question = context.req.valid('json');
      const { id } = context.req.valid('param');
      return answer(context, (signal) => askClip(id, { ...question, signal }, dependencies));
    });
}

function keepingAll(streams: AnswerStreams): () => AnswerStreams {
  return () => streams;
}

/** Who may go on reading an answer: the key that asked, or anybody who knows the id where no key is needed. */
function callerName(context: Context): string {
  const caller = context.get('caller');
  return caller === 'anonymous' || caller instanceof AppError ? 'anonymous' : `key ${caller.id}`;
}
