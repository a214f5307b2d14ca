import { useCallback, useEffect, useRef, useState } from 'hono/jsx/dom';
import { apiUrl, request } from './api.js';
import { AskPanel } from './ask-panel.js';
import { Player } from './player.js';
import { ProblemNotice } from './problem-notice.js';
import { type ScoredClip, scoredClips } from './scored-clips.js';
import { addressOf } from './search.js';
import { STRONG, shareOfBest, Timeline } from './timeline.js';
import { clockRange } from './times.js';
import { VideoDetails, type VideoFacts } from './video-details.js';

/** Chips under the timeline: the best moments of this video. */
const BEST_MOMENTS = 6;
/** Until a video is ready it is looked at again so often. */
const REFRESH_MS = 3000;

/** The player, the score timeline of the query under it, and the panel that answers questions. */
export function WatchIsland({ videoId }: { videoId: string }) {
  const address = new URLSearchParams(location.search);
  const [video, setVideo] = useState<VideoFacts | undefined>(undefined);
  const [clips, setClips] = useState<ScoredClip[]>([]);
  const [query, setQuery] = useState(address.get('q') ?? '');
  const [failure, setFailure] = useState<unknown>(undefined);
  const begin = useRef(Number(address.get('t') ?? 0) || 0);
  const [atSeconds, setAtSeconds] = useState(begin.current!);
  const player = useRef<HTMLVideoElement>(null);
  const isReady = video?.status === 'ready';

  useEffect(() => {
    const load = () => request<VideoFacts>('GET', apiUrl(`v1/videos/${videoId}`)).then(setVideo, setFailure);
    if (video === undefined) load();
    if (video?.status !== 'processing') return;
    const timer = setInterval(load, REFRESH_MS);
    return () => clearInterval(timer);
  }, [videoId, video?.status]);

  useEffect(() => {
    if (video !== undefined) document.title = `${video.title} · Videre`;
  }, [video?.title]);

  useEffect(() => {
    if (!isReady) return;
    const control = new AbortController();
    scoredClips(videoId, query.trim(), control.signal).then(
      (scored) => {
        setClips(scored);
        setFailure(undefined);
      },
      (error) => !control.signal.aborted && setFailure(error),
    );
    return () => control.abort();
  }, [videoId, query, isReady]);

  const seek = useCallback((seconds: number) => {
    const element = player.current;
    if (element === null) return;
    element.currentTime = seconds;
    setAtSeconds(seconds);
    // Refused where the browser wants a gesture first; the frame at that time shows all the same.
    element.play().catch(() => undefined);
  }, []);

  if (video === undefined) {
    return failure === undefined ? <p role="status">Loading…</p> : <ProblemNotice problem={failure} />;
  }
  return (
    <div class="watch">
      <section aria-label="Player">
        {address.get('q') && (
          <p class="small back">
            <a href={`.?${addressOf({ text: address.get('q')! })}`}>
              ← All moments for “<bdi>{address.get('q')}</bdi>”
            </a>
          </p>
        )}
        <Player video={video} startSeconds={begin.current!} player={player} onTime={setAtSeconds} />
        <Timeline
          clips={clips}
          durationSeconds={video.durationSeconds ?? 0}
          atSeconds={atSeconds}
          onSeek={seek}
        />
        <form
          class="searchbox"
          onSubmit={(event: Event) => {
            event.preventDefault();
            setQuery(String(new FormData(event.target as HTMLFormElement).get('query')));
          }}
        >
          <label class="visually-hidden" for="timeline-query">
            Find in this video
          </label>
          <input
            id="timeline-query"
            name="query"
            type="search"
            dir="auto"
            placeholder="Find in this video"
            value={query}
            data-key="/"
            data-key-does="Find in this video"
          />
          <button type="submit">Find</button>
        </form>
        <BestMoments video={video} clips={clips} atSeconds={atSeconds} onSeek={seek} />
        {failure !== undefined && <ProblemNotice problem={failure} />}
        <VideoDetails video={video} onChange={setVideo} />
      </section>
      <AskPanel videoId={videoId} onSeek={seek} />
    </div>
  );
}

/** The best moments of what was asked, and the way to others like the one that shows. */
function BestMoments({
  video: { id, title },
  clips,
  atSeconds,
  onSeek,
}: {
  video: VideoFacts;
  clips: readonly ScoredClip[];
  atSeconds: number;
  onSeek: (seconds: number) => void;
}) {
  const share = shareOfBest(clips);
  const best = clips
    .filter(({ score }) => score !== undefined)
    .sort((left, right) => share(right) - share(left))
    .slice(0, BEST_MOMENTS);
  const shown =
    clips.find(({ startSeconds, endSeconds }) => startSeconds <= atSeconds && atSeconds < endSeconds) ??
    clips[0];
  return (
    <div class="line">
      <ul class="moments" aria-label="Best moments">
        {best.map((clip) => (
          <li key={clip.id}>
            <button
              type="button"
              class={share(clip) < STRONG ? 'chip muted' : 'chip'}
              onClick={() => onSeek(clip.startSeconds)}
            >
              {clockRange(clip.startSeconds, clip.endSeconds)}
            </button>
          </li>
        ))}
      </ul>
      {shown !== undefined && (
        <a
          class="small"
          href={`.?${addressOf({ text: '', like: { videoId: id, title, startSeconds: shown.startSeconds, endSeconds: shown.endSeconds } })}`}
        >
          More like this moment
        </a>
      )}
    </div>
  );
}
