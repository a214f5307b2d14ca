import { z } from '@hono/zod-openapi';
import { MAX_QUESTION_LENGTH } from '../../app/answers/answer-question.js';

const MAX_ANSWER_TOKENS = 4096;

export const askRequest = z
  .object({
    question: z
      .string()
      .trim()
      .min(1)
      .max(MAX_QUESTION_LENGTH)
      .openapi({ example: 'Which way does the car turn?' }),
    conversationId: z.uuid().optional().openapi({ description: 'Of the answer before, to ask on.' }),
    maxTokens: z
      .int()
      .min(1)
      .max(MAX_ANSWER_TOKENS)
      .optional()
      .openapi({ description: 'Most tokens of the answer.' }),
  })
  .openapi('AskRequest');

const place = {
  evidenceId: z.string().openapi({ description: 'What the model knew the clip by.', example: 'c1' }),
  clipId: z.int(),
  videoId: z.string(),
  title: z.string(),
  startSeconds: z.number(),
  endSeconds: z.number(),
};

const answerClip = z
  .object({
    ...place,
    score: z.number().openapi({ description: 'How well it fits the question, between -1 and 1.' }),
  })
  .openapi('AnswerClip');

const citation = z
  .object({
    ...place,
    sentence: z.string().openapi({ description: 'The sentence of the answer that it stands for.' }),
    position: z.int().openapi({ description: 'Characters of the answer before it.' }),
    support: z.number().openapi({
      description:
        'Share of unrelated sentences that fit the clip less well than this one, 0 to 1; not said by the model.',
    }),
    verified: z
      .boolean()
      .openapi({ description: 'Whether that is enough. False flags a claim the clip may not show.' }),
  })
  .openapi('Citation');

const usage = { inputTokens: z.int(), outputTokens: z.int() };

const summary = {
  outcome: z
    .enum(['answered', 'abstained', 'cut-short'])
    .openapi({ description: 'abstained: the clips do not tell. cut-short: no tokens were left.' }),
  abstained: z.boolean(),
  conversationId: z.string().openapi({ description: 'Send it with the next question to ask on.' }),
  model: z.string(),
};

const counts = z.object({ total: z.int(), verified: z.int(), unsupported: z.int() });

export const answerSchema = z
  .object({
    text: z.string().openapi({ description: 'Plain text: no markup, no links.' }),
    ...summary,
    clips: z.array(answerClip).openapi({ description: 'What the model was shown, best first.' }),
    citations: z.array(citation),
    citationCounts: counts,
    usage: z.object(usage),
  })
  .openapi('Answer');

/** What the `data` of an event of each name holds. */
export const answerEvents = z
  .object({
    retrieval: z.object({ clips: z.array(answerClip) }),
    delta: z.object({ text: z.string() }),
    citation,
    usage: z.object(usage),
    done: z.object({ ...summary, citations: counts }),
  })
  .partial()
  .openapi('AnswerEvents', {
    description:
      'Server-sent events; `data` is JSON of the schema under the name of the event, or a Problem for `error`. ' +
      '`retrieval` is first, then any number of `delta` and `citation`, then `usage` and `done`, or `error`. ' +
      'Comments keep the connection alive. Send the last id as Last-Event-ID, with the same request, to go on.',
  });
