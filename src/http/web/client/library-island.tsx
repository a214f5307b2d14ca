import { useEffect, useState } from 'hono/jsx/dom';
import { apiUrl, type ProblemError, request } from './api.js';
import { deferredDeletion, type PendingDeletion } from './deferred-deletion.js';
import { ProblemNotice } from './problem-notice.js';
import { clock } from './times.js';
import { UploadList } from './upload-list.js';
import type { VideoFacts } from './video-details.js';

const PAGE = 50;

const orders = {
  newest: {
    label: 'Newest first',
    compare: (a: VideoFacts, b: VideoFacts) => b.createdAt.localeCompare(a.createdAt),
  },
  title: { label: 'By title', compare: (a: VideoFacts, b: VideoFacts) => a.title.localeCompare(b.title) },
  longest: {
    label: 'Longest first',
    compare: (a: VideoFacts, b: VideoFacts) => (b.durationSeconds ?? 0) - (a.durationSeconds ?? 0),
  },
} as const;
type Order = keyof typeof orders;

/** All videos: upload, filter, sort, open, delete with a way back. */
export function LibraryIsland() {
  const [videos, setVideos] = useState<VideoFacts[]>([]);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [title, setTitle] = useState('');
  const [order, setOrder] = useState<Order>('newest');
  const [failure, setFailure] = useState<unknown>(undefined);
  const [pending, setPending] = useState<PendingDeletion | undefined>(undefined);

  const load = async (after: string | undefined) => {
    try {
      const url = apiUrl('v1/videos', { limit: PAGE, cursor: after, title });
      const page = await request<{ videos: VideoFacts[]; nextCursor?: string }>('GET', url);
      setVideos((known) => (after === undefined ? page.videos : [...known, ...page.videos]));
      setCursor(page.nextCursor);
      setFailure(undefined);
    } catch (error) {
      setFailure(error);
    }
  };
  useEffect(() => {
    load(undefined);
  }, [title]);

  const remove = (video: VideoFacts) => {
    pending?.now();
    const restore = () => {
      setVideos((known) => [...known, video]);
      setPending(undefined);
    };
    setVideos((known) => known.filter(({ id }) => id !== video.id));
    const deletion = deferredDeletion(video, {
      onDeleted: () => setPending((current) => (current === deletion ? undefined : current)),
      onFailed: (error) => {
        restore();
        setFailure(error);
      },
      onUndone: restore,
    });
    setPending(deletion);
  };

  const shown = [...videos].sort(orders[order].compare);
  return (
    <>
      <UploadList onDone={() => load(undefined)} />
      <div class="row">
        <div class="field">
          <label for="library-title">Title holds</label>
          <input
            id="library-title"
            type="search"
            value={title}
            onInput={(event: Event) => setTitle((event.target as HTMLInputElement).value)}
          />
        </div>
        <div class="field">
          <label for="library-order">Order</label>
          <select
            id="library-order"
            value={order}
            onChange={(event: Event) => setOrder((event.target as HTMLSelectElement).value as Order)}
          >
            {Object.entries(orders).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </div>
      </div>
      {failure !== undefined && <ProblemNotice problem={failure as ProblemError} />}
      {shown.length === 0 && failure === undefined ? (
        <p class="notice">
          {title === '' ? 'The library is empty. Drop a video above.' : 'No title holds that.'}
        </p>
      ) : (
        <VideoTable videos={shown} onDelete={remove} />
      )}
      {cursor !== undefined && (
        <button type="button" onClick={() => load(cursor)}>
          Show more
        </button>
      )}
      {pending !== undefined && (
        <div class="toast" role="status">
          <span>“{pending.title}” is deleted.</span>
          <button type="button" onClick={() => pending.undo()}>
            Undo
          </button>
        </div>
      )}
    </>
  );
}

function VideoTable({
  videos,
  onDelete,
}: {
  videos: readonly VideoFacts[];
  onDelete: (video: VideoFacts) => void;
}) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">Picture</span>
            </th>
            <th scope="col">Title</th>
            <th scope="col" class="number">
              Length
            </th>
            <th scope="col">Added</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {videos.map((video) => (
            <tr key={video.id} data-video={video.id}>
              <td>
                <img
                  alt=""
                  loading="lazy"
                  src={apiUrl(`v1/videos/${video.id}/thumbnail`, {
                    at: ((video.durationSeconds ?? 0) / 2).toFixed(2),
                    width: 192,
                  })}
                />
              </td>
              <td>
                <a href={apiUrl(`videos/${video.id}`)}>{video.title}</a>
                <br />
                {video.tags.map((tag) => (
                  <span class="tag" key={tag}>
                    {tag}
                  </span>
                ))}
              </td>
              <td class="number">
                {video.status === 'ready' ? clock(video.durationSeconds ?? 0) : video.status}
              </td>
              <td>{new Date(video.createdAt).toLocaleDateString()}</td>
              <td>
                <button type="button" class="plain" onClick={() => onDelete(video)}>
                  Delete<span class="visually-hidden"> {video.title}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
