import type { Answer, AnswerEvent } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';

/** An answer in one piece. */
export async function collectAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  const body: Pick<Answer, 'text' | 'clips' | 'citations' | 'usage'> = {
    text: '',
    clips: [],
    citations: [],
    usage: { inputTokens: 0, outputTokens: 0 },
  };
  for await (const event of events) {
    switch (event.type) {
      case 'retrieval':
        body.clips = event.clips;
        break;
      case 'delta':
        body.text += event.text;
        break;
      case 'citation': {
        const { type: _, ...citation } = event;
        body.citations.push(citation);
        break;
      }
      case 'usage':
        body.usage = { inputTokens: event.inputTokens, outputTokens: event.outputTokens };
        break;
      case 'done': {
        const { type: _, citations: citationCounts, ...summary } = event;
        return { ...body, ...summary, citationCounts };
      }
    }
  }
  throw new AppError('internal', 'An answer ended without saying so.');
}
