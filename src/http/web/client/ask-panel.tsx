import { useRef, useState } from 'hono/jsx/dom';
import { apiUrl, ProblemError } from './api.js';
import { type AnswerTurn, ask, emptyTurn } from './ask.js';
import { ProblemNotice } from './problem-notice.js';
import { clockRange } from './times.js';

/** A conversation about one video, or, without `videoId`, about the library. Citations seek, or open the video. */
export function AskPanel({ videoId, onSeek }: { videoId?: string; onSeek?: (seconds: number) => void }) {
  const [turns, setTurns] = useState<AnswerTurn[]>([]);
  const conversation = useRef<string | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  const busy = turns.at(-1)?.state === 'running';

  const submit = async (event: Event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const question = String(new FormData(form).get('question')).trim();
    if (question === '' || busy) return;
    form.reset();
    const control = new AbortController();
    running.current = control;
    const earlier = turns;
    const show = (turn: AnswerTurn) => setTurns([...earlier, turn]);
    let turn = emptyTurn(question);
    show(turn);
    try {
      for await (turn of ask({ videoId, question, conversationId: conversation.current }, control.signal)) {
        conversation.current = turn.conversationId ?? conversation.current;
        show(turn);
      }
      show({ ...turn, state: 'done' });
    } catch (error) {
      const problem = control.signal.aborted
        ? undefined
        : error instanceof ProblemError
          ? error
          : new ProblemError(0, 'internal', String(error));
      show({ ...turn, state: 'done', problem });
    }
  };

  return (
    <section class="panel" aria-label="Ask">
      <h2>{videoId === undefined ? 'Ask the library' : 'Ask about this video'}</h2>
      <div class="turns" aria-live="polite">
        {turns.map((turn, index) => (
          <Turn key={index} turn={turn} onSeek={onSeek} />
        ))}
      </div>
      <form class="ask" onSubmit={submit}>
        <label class="visually-hidden" for="question">
          Question
        </label>
        <input
          id="question"
          name="question"
          type="text"
          autocomplete="off"
          placeholder="What happens first?"
        />
        {busy ? (
          <button type="button" onClick={() => running.current?.abort()}>
            Stop
          </button>
        ) : (
          <button type="submit" class="primary">
            Ask
          </button>
        )}
      </form>
    </section>
  );
}

function Turn({ turn, onSeek }: { turn: AnswerTurn; onSeek: ((seconds: number) => void) | undefined }) {
  return (
    <div>
      <div class="question">{turn.question}</div>
      <div class="answer">{turn.text === '' && turn.state === 'running' ? '…' : turn.text}</div>
      {turn.abstained && <p class="small fair">The model says that it cannot tell from this video.</p>}
      <ul class="moments" aria-label="Citations">
        {turn.citations.map((citation, index) => {
          const label = `${citation.verified ? '✓' : '?'} ${clockRange(citation.startSeconds, citation.endSeconds)}`;
          const title = citation.verified
            ? 'Verified: the moment fits the sentence.'
            : 'Unverified: the moment does not clearly show what the sentence says.';
          const tone = citation.verified ? 'chip verified' : 'chip unverified';
          return (
            <li key={index}>
              {onSeek === undefined ? (
                <a
                  class={`button ${tone}`}
                  title={title}
                  href={apiUrl(`videos/${citation.videoId}`, { t: citation.startSeconds.toFixed(2) })}
                >
                  {label}
                </a>
              ) : (
                <button
                  type="button"
                  class={tone}
                  title={title}
                  onClick={() => onSeek(citation.startSeconds)}
                >
                  {label}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {turn.problem !== undefined && <ProblemNotice problem={turn.problem} />}
    </div>
  );
}
