import type { ScoredClip } from './scored-clips.js';
import { clock, clockRange } from './times.js';

const HEIGHT = 100;
/** Of a bar: the worst clip, and one of which nothing was asked, can be seen and pointed at. */
const LEAST = 8;
/** Of the range between the lowest and the highest score; what lies below is drawn pale. */
export const STRONG = 0.75;

/** Where a clip's score lies between the lowest (0) and the highest (1) of a video; 0 where nothing was asked. */
export function shareOfBest(clips: readonly ScoredClip[]): (clip: ScoredClip) => number {
  const scores = clips.flatMap(({ score }) => (score === undefined ? [] : [score]));
  const lowest = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
  const highest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  return ({ score }) => {
    if (score === undefined) return 0;
    return highest === lowest ? 1 : (score - lowest) / (highest - lowest);
  };
}

/** How well each stretch of the video fits the query, over its whole length; a click or the arrow keys seek. */
export function Timeline({
  clips,
  durationSeconds,
  atSeconds,
  onSeek,
}: {
  clips: readonly ScoredClip[];
  durationSeconds: number;
  atSeconds: number;
  onSeek: (seconds: number) => void;
}) {
  const share = shareOfBest(clips);
  const seconds = Math.max(durationSeconds, 1e-3);
  const at = (event: MouseEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return (seconds * (event.clientX - left)) / width;
  };
  return (
    <>
      <div
        class="timeline"
        role="slider"
        tabIndex={0}
        aria-label="Position in the video"
        aria-valuemin={0}
        aria-valuemax={Math.round(seconds)}
        aria-valuenow={Math.round(atSeconds)}
        aria-valuetext={`${clock(atSeconds)} of ${clock(seconds)}`}
        onClick={(event: MouseEvent) => onSeek(at(event))}
        onKeyDown={(event: KeyboardEvent) => {
          const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
          const target = event.key === 'Home' ? 0 : event.key === 'End' ? seconds : (step ?? 0) + atSeconds;
          if (step === undefined && target === atSeconds) return;
          event.preventDefault();
          onSeek(Math.min(Math.max(target, 0), seconds));
        }}
      >
        <svg viewBox={`0 0 ${seconds} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {clips.map((clip) => {
            const { id, startSeconds, endSeconds, score } = clip;
            const height = LEAST + share(clip) * (HEIGHT - LEAST);
            return (
              <rect
                key={id}
                class={share(clip) < STRONG ? 'bar weak' : 'bar'}
                x={startSeconds}
                width={Math.max(endSeconds - startSeconds, seconds / 500)}
                y={HEIGHT - height}
                height={height}
              >
                <title>
                  {clockRange(startSeconds, endSeconds)}
                  {score === undefined ? '' : `: ${score.toFixed(2)}`}
                </title>
              </rect>
            );
          })}
          <line class="head" x1={atSeconds} x2={atSeconds} y1={0} y2={HEIGHT} />
        </svg>
      </div>
      <div class="ends muted small" aria-hidden="true">
        <span>{clock(0)}</span>
        <span>{clock(seconds)}</span>
      </div>
    </>
  );
}
