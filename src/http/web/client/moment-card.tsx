import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { apiUrl } from './api.js';
import { CardLink } from './card-link.js';
import type { FoundMoment, Stretch } from './search.js';
import { middleOf } from './thumbnail.js';
import { clockRange } from './times.js';

/** A result: its picture, its time, how well it fits; it plays, muted, while the pointer or the focus is on it. */
export function MomentCard({
  moment,
  text,
  onLike,
}: {
  moment: FoundMoment;
  /** What was asked for in words; the player goes on with it. */
  text: string;
  onLike: (like: Stretch) => void;
}) {
  const [playing, setPlaying] = useState(false);
  const { videoId, title, startSeconds, endSeconds } = moment;
  const play = () => setPlaying(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  return (
    <li
      class="card"
      onMouseEnter={play}
      onMouseLeave={() => setPlaying(false)}
      onFocusIn={play}
      onFocusOut={() => setPlaying(false)}
    >
      <CardLink
        href={apiUrl(`videos/${videoId}`, { t: startSeconds.toFixed(2), q: text })}
        videoId={videoId}
        atSeconds={middleOf(moment)}
        time={clockRange(startSeconds, endSeconds)}
        title={title}
        overlay={playing && <Preview moment={moment} onUnplayable={() => setPlaying(false)} />}
      >
        {moment.relevance !== null && <Relevance share={moment.relevance} />}
      </CardLink>
      <div class="actions">
        <button
          class="plain small"
          type="button"
          onClick={() => onLike({ videoId, title, startSeconds, endSeconds })}
        >
          More like this<span class="visually-hidden">: {title}</span>
        </button>
      </div>
    </li>
  );
}

/** The moment over and over, without sound. */
function Preview({
  moment: { videoId, startSeconds, endSeconds },
  onUnplayable,
}: {
  moment: FoundMoment;
  onUnplayable: () => void;
}) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    // The pointer may have left again before this runs.
    if (element === null) return;
    // The attribute alone mutes only what the browser itself has read from a document.
    element.muted = true;
    element.play().catch(() => undefined);
    return () => {
      // A video that is out of the page goes on loading, on one of the few connections a browser opens to a server.
      element.removeAttribute('src');
      element.load();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: without controls a video takes no focus.
    <video
      src={`${apiUrl(`v1/videos/${videoId}/media`)}#t=${startSeconds}`}
      ref={video}
      muted
      loop
      playsinline
      aria-hidden="true"
      onError={onUnplayable}
      onTimeUpdate={(event: Event) => {
        // `loop` knows the whole file alone.
        const video = event.target as HTMLVideoElement;
        if (video.currentTime >= endSeconds || video.currentTime < startSeconds - 1) {
          video.currentTime = startSeconds;
        }
      }}
    />
  );
}

const FAIR = 0.95;
const STRONG = 0.99;

/** The share of unrelated queries that this moment fits worse, as a bar and a word. */
function Relevance({ share }: { share: number }) {
  const [word, tone] =
    share >= STRONG ? ['strong', 'good'] : share >= FAIR ? ['fair', 'fair'] : ['weak', 'muted'];
  return (
    <span class="relevance">
      <meter min={0} max={1} low={FAIR} high={STRONG} optimum={1} value={share} aria-label="Relevance" />
      <span class={tone}>{word}</span>
    </span>
  );
}
