import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { deferredDeletion, type PendingDeletion } from './deferred-deletion.js';
import { isReadOnly } from './is-read-only.js';
import { allVideos, type Order, orders, pageOfVideos } from './library-videos.js';
import { MoreButton } from './more-button.js';
import { ProblemNotice } from './problem-notice.js';
import { UploadList } from './upload-list.js';
import { useFirstFocus } from './use-first-focus.js';
import { useFocusAfter } from './use-focus-after.js';
import type { VideoFacts } from './video-details.js';
import { VideoTable } from './video-table.js';

/** Keys typed within this time are one filter. */
const DEBOUNCE_MS = 200;
/** Rows that are added at once: thousands would make the page slow. */
const ROWS = 50;

/** All videos: upload, filter, sort, rename, tag, open, delete with a way back. */
export function LibraryIsland() {
  const address = new URLSearchParams(location.search);
  const [videos, setVideos] = useState<VideoFacts[] | undefined>(undefined);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [filter, setFilter] = useState({ title: '', tag: address.get('tag') ?? '' });
  const [order, setOrder] = useState<Order>('newest');
  const [rows, setRows] = useState(ROWS);
  const [version, setVersion] = useState(0);
  const [failure, setFailure] = useState<unknown>(undefined);
  /** Deleted here, if perhaps not yet there: what is listed meanwhile may still have them. */
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [pending, setPending] = useState<PendingDeletion | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const current = useRef<AbortController | undefined>(undefined);
  const list = useFocusAfter<HTMLTableSectionElement>(pending !== undefined);
  /** Whose deletion was taken back: the focus, which the button for that had, goes to it. */
  const restored = useRef<string | undefined>(undefined);
  const isFiltered = filter.title.trim() !== '' || filter.tag.trim() !== '';

  useEffect(() => {
    // A newer list takes the place of this one, and of what is added to it.
    const control = new AbortController();
    current.current = control;
    setBusy(false);
    const { signal } = control;
    const timer = setTimeout(
      async () => {
        try {
          const page = await (order === 'newest'
            ? pageOfVideos(filter, undefined, signal)
            : allVideos(filter, signal));
          setVideos(page.videos);
          setCursor(page.nextCursor);
          setRows(ROWS);
          setFailure(undefined);
        } catch (error) {
          if (!signal.aborted) setFailure(error);
        }
      },
      videos === undefined ? 0 : DEBOUNCE_MS,
    );
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [filter, order, version]);

  useEffect(() => {
    if (restored.current === undefined) return;
    list.current?.querySelector<HTMLElement>(`[data-video="${restored.current}"] [data-delete]`)?.focus();
    restored.current = undefined;
  }, [gone]);

  const reload = () => setVersion((known) => known + 1);

  const more = async () => {
    setRows(rows + ROWS);
    if (cursor === undefined) return;
    const { signal } = current.current!;
    setBusy(true);
    try {
      const page = await pageOfVideos(filter, cursor, signal);
      setVideos((known = []) => [...known, ...page.videos]);
      setCursor(page.nextCursor);
      setBusy(false);
    } catch (error) {
      if (signal.aborted) return;
      setFailure(error);
      setBusy(false);
    }
  };

  const remove = (video: VideoFacts) => {
    pending?.now();
    const close = () => setPending((shown) => (shown === deletion ? undefined : shown));
    const restore = () => {
      setGone((known) => new Set([...known].filter((id) => id !== video.id)));
      close();
    };
    setGone((known) => new Set([...known, video.id]));
    const deletion = deferredDeletion(video, {
      onDeleted: close,
      onFailed: (error) => {
        restore();
        setFailure(error);
      },
      onUndone: () => {
        restored.current = video.id;
        restore();
      },
    });
    setPending(deletion);
  };

  const change = (changed: VideoFacts) =>
    setVideos((known = []) => known.map((video) => (video.id === changed.id ? changed : video)));

  const kept = videos?.filter(({ id }) => !gone.has(id));
  const shown = [...(kept ?? [])].sort(orders[order].compare);
  return (
    <>
      {!isReadOnly && <UploadList onDone={reload} />}
      <div class="row">
        {(['title', 'tag'] as const).map((name) => (
          <div class="field" key={name}>
            <label for={`library-${name}`}>{name === 'title' ? 'Title holds' : 'Tag'}</label>
            <input
              id={`library-${name}`}
              type="search"
              dir="auto"
              value={filter[name]}
              {...(name === 'title' ? { 'data-key': '/', 'data-key-does': 'Find a title' } : {})}
              onInput={(event: Event) =>
                setFilter({ ...filter, [name]: (event.target as HTMLInputElement).value })
              }
            />
          </div>
        ))}
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
      {failure !== undefined && <ProblemNotice problem={failure} onRetry={reload} />}
      {videos === undefined && failure === undefined && <p role="status">Loading…</p>}
      {kept?.length === 0 && failure === undefined && (
        <p class="notice">
          {isFiltered
            ? 'No video is like that.'
            : isReadOnly
              ? 'The library is empty.'
              : 'The library is empty. Drop a video above.'}
        </p>
      )}
      {shown.length > 0 && (
        <VideoTable
          list={list}
          videos={shown.slice(0, rows)}
          onDelete={remove}
          onChange={change}
          onTag={(tag) => setFilter({ ...filter, tag })}
        />
      )}
      <MoreButton
        list={list}
        count={Math.min(shown.length, rows)}
        hasMore={cursor !== undefined || shown.length > rows}
        isBusy={isBusy}
        onMore={more}
      />
      {pending !== undefined && <DeletedToast key={pending.id} pending={pending} />}
    </>
  );
}

/** Takes the focus, which the deleted row's button had. */
function DeletedToast({ pending }: { pending: PendingDeletion }) {
  const undo = useFirstFocus<HTMLButtonElement>();
  return (
    <div class="toast" role="status">
      <span class="title">
        “<bdi>{pending.title}</bdi>” is deleted.
      </span>
      <button type="button" ref={undo} onClick={() => pending.undo()}>
        Undo<span class="visually-hidden"> the deletion of {pending.title}</span>
      </button>
    </div>
  );
}
