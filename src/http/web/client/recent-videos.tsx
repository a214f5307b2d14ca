import { useEffect, useState } from 'hono/jsx/dom';
import { apiUrl, request } from './api.js';
import { CardLink } from './card-link.js';
import { isReadOnly } from './is-read-only.js';
import { ProblemNotice } from './problem-notice.js';
import { clock } from './times.js';
import type { VideoFacts } from './video-details.js';

/** Few, so that the first page stays light. */
const SHOWN = 6;

/** What there is to look through, before anything is looked for: the newest videos, or how to add the first. */
export function RecentVideos() {
  const [videos, setVideos] = useState<VideoFacts[] | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  useEffect(() => {
    const url = apiUrl('v1/videos', { limit: SHOWN, status: 'ready' });
    request<{ videos: VideoFacts[] }>('GET', url).then((page) => setVideos(page.videos), setFailure);
  }, []);
  if (failure !== undefined) return <ProblemNotice problem={failure} />;
  if (videos === undefined) return null;
  if (videos.length === 0) {
    return (
      <div class="notice" data-empty="library">
        <p>
          <strong>There is nothing to look through yet.</strong>{' '}
          {!isReadOnly && (
            <>
              <a href={apiUrl('library')}>Add videos to the library</a>, then describe what you want to see in
              them.
            </>
          )}
        </p>
      </div>
    );
  }
  return (
    <section aria-labelledby="recent">
      <h2 id="recent">Newest in the library</h2>
      <ul class="grid">
        {videos.map(({ id, title, durationSeconds }) => (
          <li class="card" key={id}>
            <CardLink
              href={apiUrl(`videos/${id}`)}
              videoId={id}
              atSeconds={(durationSeconds ?? 0) / 2}
              time={clock(durationSeconds ?? 0)}
              title={title}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
