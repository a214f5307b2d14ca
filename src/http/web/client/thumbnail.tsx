import { useState } from 'hono/jsx/dom';
import { apiUrl } from './api.js';

/** A picture of a video at a time; nothing where it has none, as while it is being made ready. */
export function Thumbnail({
  videoId,
  atSeconds,
  width,
}: {
  videoId: string;
  atSeconds: number;
  /** Pixels, twice what is shown, for dense screens. */
  width: 192 | 320;
}) {
  const [isMissing, setIsMissing] = useState(false);
  if (isMissing) return null;
  return (
    <img
      alt=""
      loading="lazy"
      src={apiUrl(`v1/videos/${videoId}/thumbnail`, { at: atSeconds.toFixed(2), width })}
      onError={() => setIsMissing(true)}
    />
  );
}

/** Where a stretch is most itself. */
export function middleOf({ startSeconds, endSeconds }: { startSeconds: number; endSeconds: number }): number {
  return (startSeconds + endSeconds) / 2;
}
