import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { ProblemError } from './api.js';
import { DropTarget } from './drop-target.js';
import { FilterFields, type Filters, noFilters } from './filter-fields.js';
import { MomentCard } from './moment-card.js';
import { ProblemNotice } from './problem-notice.js';
import { addressOf, type Query, queryOfAddress, type SearchAnswer, search } from './search.js';

/** Keys typed within this time are one query. */
const DEBOUNCE_MS = 250;
const RESULTS = 24;

/** The search page: text as one types, a dropped picture or clip, or "more like this". */
export function SearchIsland() {
  const [query, setQuery] = useState<Query>(() => queryOfAddress(location.search));
  const [filters, setFilters] = useState<Filters>(noFilters);
  const [answer, setAnswer] = useState<SearchAnswer | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (isEmpty(query)) {
      setAnswer(undefined);
      setFailure(undefined);
      setBusy(false);
      return;
    }
    // A newer query takes the place of this one, waiting or under way.
    const control = new AbortController();
    setBusy(true);
    const timer = setTimeout(
      async () => {
        try {
          const found = await search(query, filters, RESULTS, control.signal);
          history.replaceState(null, '', addressOf(query));
          setAnswer(found);
          setFailure(undefined);
          setBusy(false);
        } catch (error) {
          if (control.signal.aborted) return;
          setFailure(error);
          setBusy(false);
        }
      },
      query.text === undefined ? 0 : DEBOUNCE_MS,
    );
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [query, filters]);

  useEffect(() => {
    const focusBox = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      box.current?.focus();
    };
    document.addEventListener('keydown', focusBox);
    return () => document.removeEventListener('keydown', focusBox);
  }, []);

  return (
    <DropTarget onFile={(file) => setQuery({ file })}>
      <search>
        <form class="searchbox" onSubmit={(event: Event) => event.preventDefault()}>
          <label class="visually-hidden" for="query">
            What to look for
          </label>
          <input
            ref={box}
            id="query"
            type="search"
            autocomplete="off"
            placeholder="Describe a moment, or drop a picture or clip here"
            value={query.text ?? ''}
            onInput={(event: Event) => setQuery({ text: (event.target as HTMLInputElement).value })}
          />
          <label class="button" for="query-file">
            Picture or clip…
          </label>
          <input
            id="query-file"
            class="visually-hidden"
            type="file"
            accept="image/*,video/*"
            onChange={(event: Event) => {
              const file = (event.target as HTMLInputElement).files?.[0];
              if (file !== undefined) setQuery({ file });
            }}
          />
        </form>
      </search>
      <FilterFields filters={filters} onChange={setFilters} />
      <p class="muted small" role="status">
        {status(query, busy, answer)}
      </p>
      {failure !== undefined && <ProblemNotice problem={failure as ProblemError} />}
      {failure === undefined && answer !== undefined && (
        <Results answer={answer} query={query} onLike={(like) => setQuery({ like })} />
      )}
    </DropTarget>
  );
}

function Results({
  answer,
  query,
  onLike,
}: {
  answer: SearchAnswer;
  query: Query;
  onLike: (like: Query['like']) => void;
}) {
  return (
    <>
      {answer.noGoodMatch && answer.results.length > 0 && (
        <div class="notice" data-empty="weak">
          <p>
            <strong>Nothing here matches well.</strong> The nearest are below.
          </p>
        </div>
      )}
      {answer.results.length === 0 && (
        <div class="notice" data-empty="none">
          <p>
            <strong>Nothing found.</strong> <a href="library">Add videos to the library</a>, or loosen the
            filters.
          </p>
        </div>
      )}
      <ul class="grid">
        {answer.results.map((moment) => (
          <MomentCard
            key={moment.clipId}
            moment={moment}
            text={query.text}
            onLike={() =>
              onLike({
                videoId: moment.videoId,
                title: moment.title,
                startSeconds: moment.startSeconds,
                endSeconds: moment.endSeconds,
              })
            }
          />
        ))}
      </ul>
    </>
  );
}

function isEmpty({ text, file, like }: Query): boolean {
  return file === undefined && like === undefined && (text ?? '').trim() === '';
}

function status(query: Query, busy: boolean, answer: SearchAnswer | undefined): string {
  if (isEmpty(query)) return 'Type to search. Press / from anywhere to come back here.';
  const what =
    query.file?.name ?? (query.like === undefined ? undefined : `moments like one of ${query.like.title}`);
  if (busy) return what === undefined ? 'Searching…' : `Looking for ${what}…`;
  if (answer === undefined) return '';
  const count = answer.results.length;
  return `${count} ${count === 1 ? 'moment' : 'moments'}${what === undefined ? '' : ` for ${what}`}`;
}
