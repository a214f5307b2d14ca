import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { searchPlaceholder } from '../search-placeholder.js';
import { DropTarget } from './drop-target.js';
import { FilterFields, type Filters, noFilters } from './filter-fields.js';
import { moveInGrid } from './grid-keys.js';
import { isReadOnly } from './is-read-only.js';
import { MomentCard } from './moment-card.js';
import { MoreButton } from './more-button.js';
import { ProblemNotice } from './problem-notice.js';
import { QueryChips } from './query-chips.js';
import { RecentVideos } from './recent-videos.js';
import {
  addressOf,
  filtersOfAddress,
  isEmpty,
  type Query,
  queryOfAddress,
  type SearchAnswer,
  search,
} from './search.js';

/** Keys typed within this time are one query. */
const DEBOUNCE_MS = 250;
const RESULTS = 24;

/**
 * The search page: text as one types, a dropped picture or clip, "more like this", or a mix of them.
 * @param typed what was typed before the page came alive
 */
export function SearchIsland({ typed }: { typed: string | undefined }) {
  const [query, setQuery] = useState<Query>(() => {
    const asked = queryOfAddress(location.search);
    return typed === undefined ? asked : { ...asked, text: typed };
  });
  const [filters, setFilters] = useState<Filters>(() => filtersOfAddress(location.search));
  const [answer, setAnswer] = useState<SearchAnswer | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const lastText = useRef(query.text);
  const lastFilters = useRef(filters);
  const statusLine = useRef<HTMLParagraphElement>(null);
  const current = useRef<AbortController | undefined>(undefined);

  useEffect(() => {
    // A newer query takes the place of this one, waiting or under way.
    const control = new AbortController();
    current.current = control;
    const typing = query.text !== lastText.current || filters !== lastFilters.current;
    lastText.current = query.text;
    lastFilters.current = filters;
    if (isEmpty(query)) {
      setAnswer(undefined);
      setFailure(undefined);
      setBusy(false);
      showInAddress(query, filters);
      return () => control.abort();
    }
    setBusy(true);
    const timer = setTimeout(
      async () => {
        showInAddress(query, filters);
        try {
          const found = await search(query, filters, { limit: RESULTS, signal: control.signal });
          setAnswer(found);
          setFailure(undefined);
          setBusy(false);
        } catch (error) {
          if (control.signal.aborted) return;
          setFailure(error);
          setBusy(false);
        }
      },
      typing ? DEBOUNCE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [query, filters, attempt]);

  const more = async () => {
    const { signal } = current.current!;
    setBusy(true);
    try {
      const next = await search(query, filters, { limit: RESULTS, cursor: answer?.nextCursor, signal });
      setAnswer((known) => ({ ...next, results: [...(known?.results ?? []), ...next.results] }));
      setBusy(false);
    } catch (error) {
      if (signal.aborted) return;
      setFailure(error);
      setBusy(false);
    }
  };

  /** For what takes away the button that was pressed: the status says what comes of it, and the results are next. */
  const changeQuery = (changed: Query) => {
    setQuery(changed);
    statusLine.current?.focus();
  };
  const file = (given: File) => setQuery((asked) => ({ ...asked, file: given }));
  return (
    <DropTarget onFile={isReadOnly ? undefined : file}>
      <search>
        <form class="searchbox" onSubmit={(event: Event) => event.preventDefault()}>
          <label class="visually-hidden" for="query">
            What to look for
          </label>
          <input
            id="query"
            type="search"
            dir="auto"
            autocomplete="off"
            placeholder={searchPlaceholder(isReadOnly)}
            value={query.text}
            data-key="/"
            data-key-does="Search"
            onInput={(event: Event) => {
              const text = (event.target as HTMLInputElement).value;
              setQuery((asked) => ({ ...asked, text }));
            }}
          />
          {!isReadOnly && <QueryFile onFile={file} />}
        </form>
      </search>
      <QueryChips query={query} onChange={changeQuery} />
      <FilterFields filters={filters} onChange={setFilters} />
      <p class="muted small" role="status" tabIndex={-1} ref={statusLine}>
        {status(query, busy, failure === undefined ? answer : undefined)}
      </p>
      {failure !== undefined && (
        <ProblemNotice
          problem={failure}
          onRetry={() => {
            setFailure(undefined);
            setAttempt((count) => count + 1);
          }}
        />
      )}
      {isEmpty(query) && <RecentVideos />}
      {failure === undefined && answer !== undefined && (
        <Results answer={answer} query={query} onQuery={changeQuery} onMore={more} isBusy={busy} />
      )}
    </DropTarget>
  );
}

/** A picture or clip to search with. */
function QueryFile({ onFile }: { onFile: (file: File) => void }) {
  return (
    <>
      <label class="button" for="query-file">
        Picture or clip…
      </label>
      <input
        id="query-file"
        class="visually-hidden"
        type="file"
        accept="image/*,video/*"
        onChange={(event: Event) => {
          const input = event.target as HTMLInputElement;
          const given = input.files?.[0];
          if (given !== undefined) onFile(given);
          input.value = '';
        }}
      />
    </>
  );
}

function Results({
  answer,
  query,
  onQuery,
  onMore,
  isBusy,
}: {
  answer: SearchAnswer;
  query: Query;
  onQuery: (query: Query) => void;
  onMore: () => void;
  isBusy: boolean;
}) {
  const grid = useRef<HTMLUListElement>(null);
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
            <strong>Nothing found.</strong>{' '}
            {isReadOnly ? (
              'Loosen the filters.'
            ) : (
              <>
                <a href="library">Add videos to the library</a>, or loosen the filters.
              </>
            )}
          </p>
        </div>
      )}
      <ul class={isBusy ? 'grid waiting' : 'grid'} aria-label="Moments" ref={grid} onKeyDown={moveInGrid}>
        {answer.results.map((moment) => (
          <MomentCard
            key={moment.clipId}
            moment={moment}
            text={query.text}
            onLike={(like) => {
              onQuery({ text: '', like });
              scrollTo({ top: 0 });
            }}
          />
        ))}
      </ul>
      <MoreButton
        list={grid}
        count={answer.results.length}
        hasMore={answer.nextCursor !== undefined}
        isBusy={isBusy}
        onMore={onMore}
      />
    </>
  );
}

/** So that a reload, the way back and a copied address show the same. */
function showInAddress(query: Query, filters: Filters): void {
  const parameters = addressOf(query, isEmpty(query) ? noFilters : filters);
  history.replaceState(
    null,
    '',
    parameters === '' ? location.pathname : `${location.pathname}?${parameters}`,
  );
  document.title = `${query.text.trim() || 'Search'} · Videre`;
}

function status(query: Query, busy: boolean, answer: SearchAnswer | undefined): string {
  if (isEmpty(query)) return 'Type to search. Press ? for the keys.';
  if (busy) return 'Searching…';
  if (answer === undefined) return '';
  const count = answer.results.length;
  const moments = `${count} ${count === 1 ? 'moment' : 'moments'}`;
  return answer.nextCursor === undefined ? moments : `The best ${moments}`;
}
