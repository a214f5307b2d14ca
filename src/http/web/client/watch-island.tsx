import { useCallback, useEffect, useRef, useState } from 'hono/jsx/dom';
import { apiUrl, type ProblemError, request } from './api.js';
import { AskPanel } from './ask-panel.js';
import { ProblemNotice } from './problem-notice.js';
import { type ScoredClip, Timeline } from './timeline.js';
import { clockRange } from './times.js';
import { VideoDetails, type VideoFacts } from './video-details.js';

/** Chips under the timeline: the best moments of this video. */
const BEST_MOMENTS = 6;

/** The player, the score timeline of the query under it, and the panel that answers questions. */
export function WatchIsland({ videoId }: { videoId: string }) {
  const address = new URLSearchParams(location.search);
  const [video, setVideo] = useState<VideoFacts | undefined>(undefined);
  const [clips, setClips] = useState<ScoredClip[]>([]);
  const [query, setQuery] = useState(address.get('q') ?? '');
  const [failure, setFailure] = useState<unknown>(undefined);
  const begin = useRef(Number(address.get('t') ?? 0));
  const [atSeconds, setAtSeconds] = useState(begin.current!);
  const [unplayable, setUnplayable] = useState(false);
  const player = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    request<VideoFacts>('GET', apiUrl(`v1/videos/${videoId}`)).then(setVideo, setFailure);
  }, [videoId]);

  useEffect(() => {
    if (query.trim() === '') {
      setClips([]);
      return;
    }
    const control = new AbortController();
    const url = apiUrl(`v1/videos/${videoId}/clips`, { query });
    request<{ clips: ScoredClip[] }>('GET', url, { signal: control.signal }).then(
      (answer) => setClips(answer.clips),
      (error) => !control.signal.aborted && setFailure(error),
    );
    return () => control.abort();
  }, [videoId, query]);

  const seek = useCallback((seconds: number) => {
    const element = player.current;
    if (element === null) return;
    element.currentTime = seconds;
    setAtSeconds(seconds);
    // Refused where the browser wants a gesture first; the frame at that time shows all the same.
    element.play().catch(() => undefined);
  }, []);

  if (video === undefined) {
    return failure === undefined ? (
      <p role="status">Loading…</p>
    ) : (
      <ProblemNotice problem={failure as ProblemError} />
    );
  }
  const best = [...clips].sort((a, b) => (b.score ?? 0) - (a.score ?? 0)).slice(0, BEST_MOMENTS);
  return (
    <div class="watch">
      <section aria-label="Player">
        {/* biome-ignore lint/a11y/useMediaCaption: what was uploaded has no captions of its own. */}
        <video
          ref={player}
          controls
          playsinline
          preload="auto"
          src={`${apiUrl(`v1/videos/${videoId}/media`)}#t=${begin.current}`}
          onError={() => setUnplayable(true)}
          onTimeUpdate={(event: Event) => setAtSeconds((event.target as HTMLVideoElement).currentTime)}
        />
        {unplayable && (
          <div class="notice">
            <p>
              This browser cannot play {video.codec} in {video.container?.split(',')[0]}.{' '}
              <a href={apiUrl(`v1/videos/${videoId}/media`)} download>
                Download the file
              </a>{' '}
              to watch it elsewhere.
            </p>
          </div>
        )}
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
            placeholder="Find in this video"
            value={query}
          />
          <button type="submit">Find</button>
        </form>
        <ul class="moments" aria-label="Best moments">
          {best.map(({ id, startSeconds, endSeconds }) => (
            <li key={id}>
              <button type="button" class="chip" onClick={() => seek(startSeconds)}>
                {clockRange(startSeconds, endSeconds)}
              </button>
            </li>
          ))}
        </ul>
        {failure !== undefined && <ProblemNotice problem={failure as ProblemError} />}
        <VideoDetails video={video} onChange={setVideo} />
      </section>
      <AskPanel videoId={videoId} onSeek={seek} />
    </div>
  );
}
