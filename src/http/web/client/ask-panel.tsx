import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { AnswerText } from './answer-text.js';
import { type AnswerTurn, ask, emptyTurn } from './ask.js';
import { asProblem } from './problem-error.js';
import { ProblemNotice } from './problem-notice.js';

/** A conversation about one video, or, without `videoId`, about the library. Citations seek, or open the video. */
export function AskPanel({ videoId, onSeek }: { videoId?: string; onSeek?: (seconds: number) => void }) {
  const [turns, setTurns] = useState<AnswerTurn[]>([]);
  const conversation = useRef<string | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  const log = useRef<HTMLDivElement>(null);
  const busy = turns.at(-1)?.state === 'running';

  // A long conversation scrolls: what is new is at its end.
  useEffect(() => {
    if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [turns]);

  const answer = async (question: string, earlier: AnswerTurn[]) => {
    const control = new AbortController();
    running.current = control;
    const show = (turn: AnswerTurn) => {
      // A conversation that was begun anew has no place for it.
      if (running.current === control) setTurns([...earlier, turn]);
    };
    let turn = emptyTurn(question);
    show(turn);
    try {
      for await (turn of ask({ videoId, question, conversationId: conversation.current }, control.signal)) {
        if (running.current === control) conversation.current = turn.conversationId ?? conversation.current;
        show(turn);
      }
      show({ ...turn, state: 'done' });
    } catch (error) {
      const problem = control.signal.aborted ? undefined : asProblem(error);
      show({ ...turn, state: 'done', problem });
    }
  };

  const submit = (event: Event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const question = String(new FormData(form).get('question')).trim();
    if (question === '' || busy) return;
    form.reset();
    answer(question, turns);
  };

  const beginAnew = () => {
    running.current?.abort();
    running.current = undefined;
    conversation.current = undefined;
    setTurns([]);
  };

  return (
    <section class="panel asking" aria-label="Ask">
      <div class="line">
        <h2>{videoId === undefined ? 'Ask the library' : 'Ask about this video'}</h2>
        {turns.length > 0 && (
          <button type="button" class="plain small" onClick={beginAnew}>
            Start over
          </button>
        )}
      </div>
      {turns.length === 0 && (
        <p class="muted small">
          The answer names the moments it rests on. <span class="good">✓</span> marks those in which it was
          found again, <span class="fair">?</span> those that may not show it.
        </p>
      )}
      <div
        class="turns"
        role="log"
        aria-label="Conversation"
        aria-busy={busy ? 'true' : 'false'}
        tabIndex={turns.length === 0 ? -1 : 0}
        ref={log}
      >
        {turns.map((turn, index) => (
          <Turn
            key={index}
            turn={turn}
            onSeek={onSeek}
            onRetry={
              index === turns.length - 1 ? () => answer(turn.question, turns.slice(0, index)) : undefined
            }
          />
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
          dir="auto"
          autocomplete="off"
          placeholder={videoId === undefined ? 'What chases the cat?' : 'What happens first?'}
          data-key="a"
          data-key-does="Ask"
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

function Turn({
  turn,
  onSeek,
  onRetry,
}: {
  turn: AnswerTurn;
  onSeek: ((seconds: number) => void) | undefined;
  onRetry: (() => void) | undefined;
}) {
  return (
    <div>
      <div class="question" dir="auto">
        {turn.question}
      </div>
      <div class="answer" dir="auto">
        {turn.text === '' && turn.state === 'running' ? (
          <span role="status">Looking…</span>
        ) : (
          <AnswerText turn={turn} onSeek={onSeek} />
        )}
      </div>
      {turn.outcome === 'abstained' && (
        <p class="small fair">The model says that it cannot tell from what it was shown.</p>
      )}
      {turn.outcome === 'cut-short' && <p class="small fair">The answer was too long, and was cut short.</p>}
      {turn.citations.some(({ verified }) => !verified) && (
        <p class="small fair">? was not found again in the moment that is named for it: look for yourself.</p>
      )}
      {turn.problem !== undefined && (
        <ProblemNotice problem={turn.problem} {...(onRetry === undefined ? {} : { onRetry })} />
      )}
    </div>
  );
}
