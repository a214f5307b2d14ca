import type { RefObject } from 'hono/jsx';
import { useState } from 'hono/jsx/dom';
import { apiUrl, problemOf, send } from './api.js';
import { ProblemError } from './problem-error.js';
import { ProblemNotice } from './problem-notice.js';
import { codecName, type VideoFacts } from './video-details.js';

/** The browser's own player, and plain words where it cannot play. */
export function Player({
  video,
  startSeconds,
  player,
  onTime,
}: {
  video: VideoFacts;
  startSeconds: number;
  player: RefObject<HTMLVideoElement | null>;
  onTime: (seconds: number) => void;
}) {
  const [unplayable, setUnplayable] = useState<'codec' | ProblemError | undefined>(undefined);
  const media = apiUrl(`v1/videos/${video.id}/media`);

  /** A browser does not say whether it was the file or the server. */
  const findReason = async () => {
    try {
      const response = await send('GET', media, { headers: { range: 'bytes=0-0' } });
      if (response.ok) {
        await response.body?.cancel();
        setUnplayable('codec');
      } else setUnplayable(await problemOf(response));
    } catch (error) {
      setUnplayable(error instanceof ProblemError ? error : 'codec');
    }
  };

  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: what was uploaded has no captions of its own. */}
      <video
        ref={player}
        controls
        playsinline
        preload="auto"
        aria-label={video.title}
        poster={apiUrl(`v1/videos/${video.id}/thumbnail`, { at: startSeconds.toFixed(2), width: 640 })}
        src={`${media}#t=${startSeconds}`}
        data-key="k"
        data-key-does="Play and pause"
        onError={findReason}
        onTimeUpdate={(event: Event) => onTime((event.target as HTMLVideoElement).currentTime)}
      />
      {unplayable === 'codec' && (
        <div class="notice" role="status" data-unplayable>
          <p>
            <strong>This browser cannot play {codecName(video.codec)}.</strong> Search, pictures and answers
            work all the same.{' '}
            <a href={media} download={video.title}>
              Download the file
            </a>{' '}
            to watch it elsewhere.
          </p>
        </div>
      )}
      {unplayable instanceof ProblemError && <ProblemNotice problem={unplayable} />}
    </>
  );
}
