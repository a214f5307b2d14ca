import { useState } from 'hono/jsx/dom';
import { apiUrl } from './api.js';
import { DropTarget } from './drop-target.js';
import { ProblemNotice } from './problem-notice.js';
import { duration } from './times.js';
import { type UploadState, upload, waiting } from './upload.js';

interface Entry {
  key: number;
  file: File;
  state: UploadState;
  control: AbortController;
}

let uploads = 0;

/** Where files are dropped, and how far each of them is. */
export function UploadList({ onDone }: { onDone: () => void }) {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [said, setSaid] = useState('');

  const add = (file: File) => {
    const key = uploads++;
    const control = new AbortController();
    setEntries((known) => [...known, { key, file, state: waiting, control }]);
    upload(
      file,
      (state) => {
        setEntries((known) => known.map((entry) => (entry.key === key ? { ...entry, state } : entry)));
        if (state.state !== 'running') setSaid(`${file.name}: ${state.stage}`);
        if (state.state === 'done') onDone();
      },
      control.signal,
    );
  };
  const forget = (key: number) => setEntries((known) => known.filter((entry) => entry.key !== key));

  return (
    <>
      <DropTarget onFile={add}>
        <div class="drop">
          <p>
            Drop videos here, or{' '}
            <label class="button" for="upload-files">
              choose files…
            </label>
            <input
              id="upload-files"
              class="visually-hidden"
              type="file"
              multiple
              accept="video/*,.mkv,.avi,.ts,.webm,.mov,.mp4"
              data-key="u"
              data-key-does="Upload"
              onChange={(event: Event) => {
                const input = event.target as HTMLInputElement;
                for (const file of input.files ?? []) add(file);
                input.value = '';
              }}
            />
          </p>
        </div>
      </DropTarget>
      {/* How each ended: read aloud, every percent would drown everything else. */}
      <p class="visually-hidden" role="status">
        {said}
      </p>
      <ul class="uploads">
        {entries.map((entry) => (
          <UploadEntry
            key={entry.key}
            entry={entry}
            onAgain={() => {
              forget(entry.key);
              add(entry.file);
            }}
            onDismiss={() => forget(entry.key)}
          />
        ))}
      </ul>
    </>
  );
}

function UploadEntry({
  entry: { file, state, control },
  onAgain,
  onDismiss,
}: {
  entry: Entry;
  onAgain: () => void;
  onDismiss: () => void;
}) {
  const of = <span class="visually-hidden"> {file.name}</span>;
  return (
    <li data-state={state.state}>
      <div class="line">
        <strong dir="auto">{file.name}</strong>
        <span class="muted small">{inWords(state)}</span>
        <span class="actions">
          {state.state === 'done' && state.videoId !== undefined && (
            <a href={apiUrl(`videos/${state.videoId}`)}>Watch{of}</a>
          )}
          {state.state === 'running' && (
            <button type="button" class="plain small" onClick={() => control.abort()}>
              Cancel{of}
            </button>
          )}
          {(state.state === 'failed' || state.state === 'cancelled') && (
            <button type="button" class="plain small" onClick={onAgain}>
              Try again{of}
            </button>
          )}
          {state.state !== 'running' && (
            <button type="button" class="plain small" onClick={onDismiss}>
              Dismiss{of}
            </button>
          )}
        </span>
      </div>
      {state.state === 'running' && (
        <progress
          max={100}
          {...(state.percent === undefined ? {} : { value: state.percent })}
          aria-label={`Progress of ${file.name}`}
        />
      )}
      {state.problem !== undefined && <ProblemNotice problem={state.problem} />}
    </li>
  );
}

function inWords({ stage, state, percent, etaSeconds }: UploadState): string {
  const isRunning = state === 'running';
  const share = isRunning && percent !== undefined ? ` ${Math.round(percent)} %` : '';
  const left = isRunning && etaSeconds !== undefined ? `, ${duration(etaSeconds)} left` : '';
  return `${stage}${share}${left}`;
}
