import { apiUrl, type ProblemError, problemOf, send, toProblem } from './api.js';
import { readEvents } from './event-stream.js';

export interface ShownCitation {
  videoId: string;
  startSeconds: number;
  endSeconds: number;
  /** Whether the moment was found to fit the sentence that cites it. */
  verified: boolean;
}

/** A question and as much of its answer as there is. */
export interface AnswerTurn {
  question: string;
  text: string;
  citations: ShownCitation[];
  abstained: boolean;
  state: 'running' | 'done';
  conversationId: string | undefined;
  problem: ProblemError | undefined;
}

export function emptyTurn(question: string): AnswerTurn {
  return {
    question,
    text: '',
    citations: [],
    abstained: false,
    state: 'running',
    conversationId: undefined,
    problem: undefined,
  };
}

/**
 * Asks, and gives the turn again whenever more of the answer has come.
 * @throws ProblemError when the question is refused or the answer breaks off
 */
export async function* ask(
  {
    videoId,
    question,
    conversationId,
  }: { videoId: string | undefined; question: string; conversationId: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<AnswerTurn> {
  const url = apiUrl(videoId === undefined ? 'v1/ask' : `v1/videos/${videoId}/ask`);
  const json = { question, ...(conversationId === undefined ? {} : { conversationId }) };
  const response = await send('POST', url, { json, signal, headers: { accept: 'text/event-stream' } });
  if (!response.ok) throw await problemOf(response);
  let turn = { ...emptyTurn(question), conversationId };
  for await (const { event, data } of readEvents(response.body!)) {
    turn = applied(turn, event, JSON.parse(data));
    yield turn;
  }
}

function applied(turn: AnswerTurn, event: string, data: unknown): AnswerTurn {
  switch (event) {
    case 'delta':
      return { ...turn, text: turn.text + (data as { text: string }).text };
    case 'citation':
      return { ...turn, citations: [...turn.citations, data as ShownCitation] };
    case 'done': {
      const { abstained = false, conversationId } = data as { abstained?: boolean; conversationId?: string };
      return { ...turn, abstained, conversationId: conversationId ?? turn.conversationId };
    }
    case 'error':
      throw toProblem(0, data);
    default:
      return turn;
  }
}
