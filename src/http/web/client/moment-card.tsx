import { useState } from 'hono/jsx/dom';
import { apiUrl } from './api.js';
import type { FoundMoment } from './search.js';
import { clockRange } from './times.js';

/** A result: its picture, its time, how well it fits; it plays, muted, while the pointer or the focus is on it. */
export function MomentCard({
  moment,
  text,
  onLike,
}: {
  moment: FoundMoment;
  text: string | undefined;
  onLike: () => void;
}) {
  const [playing, setPlaying] = useState(false);
  const { videoId, title, startSeconds, endSeconds } = moment;
  const media = `${apiUrl(`v1/videos/${videoId}/media`)}#t=${startSeconds},${endSeconds}`;
  return (
    <li class="card" onMouseEnter={() => setPlaying(true)} onMouseLeave={() => setPlaying(false)}>
      <a href={apiUrl(`videos/${videoId}`, { t: startSeconds.toFixed(2), q: text })}>
        <span class="frame">
          <img
            alt=""
            loading="lazy"
            src={apiUrl(`v1/videos/${videoId}/thumbnail`, {
              at: ((startSeconds + endSeconds) / 2).toFixed(2),
              width: 320,
            })}
          />
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: without controls a video takes no focus. */}
          {playing && <video src={media} muted autoplay loop playsinline aria-hidden="true" />}
          <span class="time">{clockRange(startSeconds, endSeconds)}</span>
        </span>
        <span class="about">
          <span class="title">{title}</span>
          {moment.relevance !== null && <Relevance share={moment.relevance} />}
        </span>
      </a>
      <div class="actions">
        <button class="plain small" type="button" onClick={onLike}>
          More like this<span class="visually-hidden">: {title}</span>
        </button>
      </div>
    </li>
  );
}

/** The share of unrelated queries that this moment fits worse, as a bar and a word. */
function Relevance({ share }: { share: number }) {
  const [word, tone] =
    share >= 0.99 ? ['strong', 'good'] : share >= 0.95 ? ['fair', 'fair'] : ['weak', 'muted'];
  return (
    <span class="relevance">
      <meter min={0} max={1} value={share} aria-label="Relevance" />
      <span class={tone}>{word}</span>
    </span>
  );
}
