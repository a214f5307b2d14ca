import { useState } from 'hono/jsx/dom';

/** What the fields hold, as typed. */
export interface Filters {
  title: string;
  tag: string;
  minSeconds: string;
  maxSeconds: string;
  groupByVideo: boolean;
  exact: boolean;
}

export const noFilters: Filters = {
  title: '',
  tag: '',
  minSeconds: '',
  maxSeconds: '',
  groupByVideo: false,
  exact: false,
};

const texts = [
  { name: 'title', label: 'Title holds', type: 'text' },
  { name: 'tag', label: 'Tag', type: 'text' },
  { name: 'minSeconds', label: 'Video lasts at least (s)', type: 'number' },
  { name: 'maxSeconds', label: 'at most (s)', type: 'number' },
] as const;

const switches = [
  { name: 'groupByVideo', label: 'One result a video' },
  { name: 'exact', label: 'Exact search' },
] as const;

export function FilterFields({
  filters,
  onChange,
}: {
  filters: Filters;
  onChange: (filters: Filters) => void;
}) {
  const count = Object.values(filters).filter((value) => value !== '' && value !== false).length;
  // Once: what the user opens and closes afterwards is theirs.
  const [wasGiven] = useState(count > 0);
  return (
    <details class="filters" open={wasGiven}>
      <summary>Filters{count === 0 ? '' : ` (${count})`}</summary>
      <div class="row">
        {texts.map(({ name, label, type }) => (
          <div class="field" key={name}>
            <label for={`filter-${name}`}>{label}</label>
            <input
              id={`filter-${name}`}
              type={type}
              dir="auto"
              min="0"
              value={filters[name]}
              onInput={(event: Event) =>
                onChange({ ...filters, [name]: (event.target as HTMLInputElement).value })
              }
            />
          </div>
        ))}
        {switches.map(({ name, label }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={filters[name]}
              onChange={(event: Event) =>
                onChange({ ...filters, [name]: (event.target as HTMLInputElement).checked })
              }
            />{' '}
            {label}
          </label>
        ))}
        {count > 0 && (
          <button type="button" onClick={() => onChange(noFilters)}>
            Clear
          </button>
        )}
      </div>
    </details>
  );
}
