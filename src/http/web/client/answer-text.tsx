import { apiUrl } from './api.js';
import type { AnswerTurn, ShownCitation } from './ask.js';
import { clockRange } from './times.js';

/** An answer with its citations where they belong: each after the sentence that it stands for. */
export function AnswerText({
  turn: { text, citations },
  onSeek,
}: {
  turn: AnswerTurn;
  /** Absent: a citation opens its video. */
  onSeek: ((seconds: number) => void) | undefined;
}) {
  const inOrder = [...citations].sort((left, right) => left.position - right.position);
  let shown = 0;
  const pieces = inOrder.map((citation, order) => {
    const piece = text.slice(shown, Math.max(shown, citation.position));
    shown += piece.length;
    return (
      <span key={order}>
        {piece} <Citation citation={citation} onSeek={onSeek} />
      </span>
    );
  });
  return (
    <>
      {pieces}
      {text.slice(shown)}
    </>
  );
}

function Citation({
  citation: { videoId, title, startSeconds, endSeconds, verified },
  onSeek,
}: {
  citation: ShownCitation;
  onSeek: ((seconds: number) => void) | undefined;
}) {
  const tone = verified ? 'chip verified' : 'chip unverified';
  const range = clockRange(startSeconds, endSeconds);
  const meaning = verified
    ? 'Verified: the moment fits the sentence.'
    : 'Unverified: the moment does not clearly show what the sentence says.';
  const said = (
    <>
      <span aria-hidden="true">{verified ? '✓' : '?'} </span>
      <span class="visually-hidden">{meaning} </span>
    </>
  );
  if (onSeek !== undefined) {
    return (
      <button type="button" class={tone} title={meaning} onClick={() => onSeek(startSeconds)}>
        {said}
        {range}
      </button>
    );
  }
  return (
    <a
      class={`button ${tone}`}
      title={meaning}
      href={apiUrl(`videos/${videoId}`, { t: startSeconds.toFixed(2) })}
    >
      {said}
      <bdi>{title}</bdi> {range}
    </a>
  );
}
