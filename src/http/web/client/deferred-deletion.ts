import { apiUrl, request } from './api.js';

/** How long a deletion can be taken back. */
const UNDO_MS = 10_000;

export interface PendingDeletion {
  /** Of the video. */
  id: string;
  title: string;
  /** Takes it back, if it has not been done yet. */
  undo(): void;
  /** Does it at once. */
  now(): void;
}

/**
 * Deletes a video, but not yet: the server deletes for good, so the way back is before it is asked. A page that closes
 * meanwhile deletes at once, as it has told the user.
 */
export function deferredDeletion(
  { id, title }: { id: string; title: string },
  on: { onDeleted: () => void; onFailed: (error: unknown) => void; onUndone: () => void },
): PendingDeletion {
  let open = true;
  const close = () => {
    const wasOpen = open;
    open = false;
    clearTimeout(timer);
    removeEventListener('pagehide', now);
    return wasOpen;
  };
  const now = () => {
    if (!close()) return;
    request('DELETE', apiUrl(`v1/videos/${id}`), { keepalive: true }).then(on.onDeleted, on.onFailed);
  };
  const timer = setTimeout(now, UNDO_MS);
  addEventListener('pagehide', now);
  return {
    id,
    title,
    now,
    undo: () => {
      if (close()) on.onUndone();
    },
  };
}
