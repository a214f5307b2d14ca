import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/domain/answer.js';
import { readEvents } from '../../src/http/web/client/event-stream.js';
import type { OpenAiServer } from '../support/openai-server.js';
import { type OpenReadingService, serviceOf } from './reading-service.js';

/** Models that a service under test is to ask; the first unless another is named. */
export const ASKED_MODELS = ['vllm', 'abstain', 'links', 'forbidden', 'cut'] as const;

const SSE = { accept: 'text/event-stream' };
const question = { question: 'red or green' };

/** An event as a reader gets it. */
export interface AnswerEventMessage {
  event: string;
  id: string | undefined;
  data: Record<string, unknown>;
}

export async function answerEvents(response: Response): Promise<AnswerEventMessage[]> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const all: AnswerEventMessage[] = [];
  for await (const { event, id, data } of readEvents(response.body!))
    all.push({ event, id, data: JSON.parse(data) });
  return all;
}

/** How every service that has a language model answers. @param upstream where the models are */
export function describeAsking(name: string, open: OpenReadingService, upstream: () => OpenAiServer): void {
  describe(`asking ${name}`, () => {
    const service = serviceOf(open);
    const ask = async (body: object, model?: string, path = '/v1/ask') => {
      const response = await service.post(path, body, {}, model);
      expect(response.status).toBe(200);
      return (await response.json()) as Answer;
    };

    it('answers with what was shown, and citations that were held against their clips', async () => {
      const answer = await ask(question);
      expect(answer).toMatchObject({
        text: 'A red scene is first. Then a green one.',
        outcome: 'answered',
        abstained: false,
        model: 'vllm',
        usage: { inputTokens: 120, outputTokens: 9 },
        citationCounts: { total: 2 },
      });
      expect(answer.clips.length).toBeGreaterThan(2);
      expect(answer.citations).toMatchObject([
        { evidenceId: 'c1', sentence: 'A red scene is first.' },
        { evidenceId: 'c2', sentence: 'Then a green one.' },
      ]);
      // The times and videos are the library's, whatever the model wrote.
      for (const citation of answer.citations) {
        const { videoId, clipId, startSeconds, endSeconds, title } = citation;
        expect(answer.clips.find(({ evidenceId }) => evidenceId === citation.evidenceId)).toMatchObject({
          videoId,
          clipId,
          startSeconds,
          endSeconds,
        });
        if (title === 'red' || title === 'green')
          expect(citation.verified).toBe(citation.sentence.includes(title));
      }
    });

    it('streams the same as events, each with an id', async () => {
      const all = await answerEvents(await service.post('/v1/ask', question, SSE));
      expect(all[0]!.event).toBe('retrieval');
      expect(all.slice(-2).map(({ event }) => event)).toEqual(['usage', 'done']);
      const text = all.filter(({ event }) => event === 'delta').map(({ data }) => data.text);
      expect(text.join('')).toBe('A red scene is first. Then a green one.');
      expect(text.length).toBeGreaterThan(3);
      expect(all.filter(({ event }) => event === 'citation')).toHaveLength(2);
      expect(all.at(-1)!.data).toMatchObject({ outcome: 'answered', conversationId: expect.any(String) });
      const ids = all.map(({ id }) => id!.split(':'));
      expect(ids.map(([, number]) => Number(number))).toEqual(all.map((_, order) => order + 1));
      expect(new Set(ids.map(([stream]) => stream)).size).toBe(1);
    });

    it('abstains as an outcome, not as an error', async () => {
      expect(await ask(question, 'abstain')).toMatchObject({
        outcome: 'abstained',
        abstained: true,
        text: 'No boat is shown.',
        citations: [],
      });
    });

    it('passes on no links and no pictures', async () => {
      expect((await ask(question, 'links')).text).toBe('See x and here.');
    });

    it('asks on in a conversation, about the same thing only', async () => {
      const first = await ask(question);
      const { conversationId } = first;
      expect(await ask({ question: 'and then?', conversationId })).toMatchObject({ conversationId });
      const { messages } = (await upstream().received('vllm')).at(-1)!.body;
      expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
      expect(messages[2]!.content).toBe(first.text);

      const elsewhere = { question: 'and?', conversationId };
      expect((await service.post(`/v1/videos/${service.id('red')}/ask`, elsewhere)).status).toBe(400);
      const unknown = { ...question, conversationId: crypto.randomUUID() };
      expect((await service.post('/v1/ask', unknown)).status).toBe(404);
    });

    it.each([
      ['no question', {}],
      ['an empty question', { question: ' ' }],
      ['a conversation that is no id', { ...question, conversationId: 'x' }],
      ['no tokens', { ...question, maxTokens: 0 }],
    ])('refuses %s', async (_, body) => {
      for (const headers of [{}, SSE])
        expect((await service.post('/v1/ask', body, headers)).status).toBe(400);
    });

    it('shows the model nothing of other videos than the one that is asked about', async () => {
      const { clips, citations } = await ask(question, 'vllm', `/v1/videos/${service.id('green')}/ask`);
      expect(clips.map(({ videoId }) => videoId)).toEqual([service.id('green')]);
      // The model cites c1 and c2; there is one clip.
      expect(citations.map(({ videoId }) => videoId)).toEqual([service.id('green')]);
      const shownOfVideo = JSON.stringify((await upstream().received('vllm')).at(-1)!.body.messages);
      expect(shownOfVideo).toMatch(/title: \\"green\\"/);
      expect(shownOfVideo).not.toMatch(/title: \\"(red|sunset)\\"/);

      const page = await service.json<{ clips: { id: number }[] }>(
        `/v1/videos/${service.id('sunset')}/clips`,
      );
      const clipId = page.clips[0]!.id;
      const about = await ask(question, 'vllm', `/v1/clips/${clipId}/ask`);
      expect(about.clips.map((clip) => clip.clipId)).toEqual([clipId]);
      const shownOfClip = JSON.stringify((await upstream().received('vllm')).at(-1)!.body.messages);
      expect(shownOfClip).toMatch(/title: \\"sunset\\"/);
    });

    it('says that it does not find what is not there, in a stream too', async () => {
      for (const headers of [{}, SSE]) {
        for (const path of ['/v1/videos/none/ask', '/v1/clips/999999/ask']) {
          const response = await service.post(path, question, headers);
          expect(response.status).toBe(404);
          expect(await response.json()).toMatchObject({ code: 'not-found' });
        }
      }
      expect((await service.post('/v1/clips/x/ask', question)).status).toBe(400);
    });

    it.each([
      ['forbidden', 502, 'language-model-refused'],
      ['cut', 502, 'language-model-failed'],
    ])('tells of a model that fails: %s', async (model, status, code) => {
      const response = await service.post('/v1/ask', question, {}, model);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ status, code });
      const all = await answerEvents(await service.post('/v1/ask', question, SSE, model));
      expect(all[0]!.event).toBe('retrieval');
      expect(all.at(-1)).toMatchObject({ event: 'error', data: { status, code } });
    });
  });
}
