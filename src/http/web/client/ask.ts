import { apiUrl, pause, send } from './api.js';
import { isTemporary, type ProblemError, toProblem, unreachable } from './problem-error.js';
import { ResumableEvents } from './resumable-events.js';

export interface ShownCitation {
  videoId: string;
  title: string;
  startSeconds: number;
  endSeconds: number;
  /** Whether the moment was found to fit the sentence that cites it. */
  verified: boolean;
  /** Characters of the answer before it. */
  position: number;
}

/** A question and as much of its answer as there is. */
export interface AnswerTurn {
  question: string;
  text: string;
  citations: ShownCitation[];
  outcome: 'answered' | 'abstained' | 'cut-short' | undefined;
  state: 'running' | 'done';
  conversationId: string | undefined;
  problem: ProblemError | undefined;
}

export interface Question {
  /** Undefined: of the library. */
  videoId: string | undefined;
  question: string;
  conversationId: string | undefined;
}

/** A stream that broke is taken up where it was; a server that is away for longer has forgotten the answer. */
const RECONNECTIONS = 3;
const RECONNECT_MS = 250;

export function emptyTurn(question: string): AnswerTurn {
  return {
    question,
    text: '',
    citations: [],
    outcome: undefined,
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
  { videoId, question, conversationId }: Question,
  signal: AbortSignal,
): AsyncGenerator<AnswerTurn> {
  const url = apiUrl(videoId === undefined ? 'v1/ask' : `v1/videos/${videoId}/ask`);
  const json = { question, ...(conversationId === undefined ? {} : { conversationId }) };
  let turn = { ...emptyTurn(question), conversationId };
  const events = new ResumableEvents((headers) => send('POST', url, { json, signal, headers }));
  for (let broken = 0; ; ) {
    try {
      for await (const { event, data } of events.read()) {
        broken = 0;
        turn = applied(turn, event, JSON.parse(data));
        yield turn;
        if (event === 'done') return;
      }
      throw unreachable();
    } catch (error) {
      // Of what has not begun there is nothing to take up.
      if (!events.hasBegun || !isTemporary(error) || ++broken > RECONNECTIONS) throw error;
      await pause(RECONNECT_MS, signal);
    }
  }
}

function applied(turn: AnswerTurn, event: string, data: unknown): AnswerTurn {
  switch (event) {
    case 'delta':
      return { ...turn, text: turn.text + (data as { text: string }).text };
    case 'citation':
      return { ...turn, citations: [...turn.citations, data as ShownCitation] };
    case 'done': {
      const { outcome, conversationId } = data as Pick<AnswerTurn, 'outcome' | 'conversationId'>;
      return { ...turn, outcome, conversationId: conversationId ?? turn.conversationId };
    }
    case 'error':
      // Of a status of its own: what the server says of an answer does not come of the connection.
      throw toProblem(200, data);
    default:
      return turn;
  }
}
