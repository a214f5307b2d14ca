import { useState } from 'hono/jsx/dom';
import { apiUrl } from './api.js';
import { DropTarget } from './drop-target.js';
import { ProblemNotice } from './problem-notice.js';
import { duration } from './times.js';
import { type UploadState, upload } from './upload.js';

interface Entry {
  key: number;
  name: string;
  state: UploadState | undefined;
}

let uploads = 0;

/** Where files are dropped, and how far each of them is. */
export function UploadList({ onDone }: { onDone: () => void }) {
  const [entries, setEntries] = useState<Entry[]>([]);
  const add = (file: File) => {
    const key = uploads++;
    setEntries((known) => [...known, { key, name: file.name, state: undefined }]);
    upload(file, (state) => {
      setEntries((known) => known.map((entry) => (entry.key === key ? { ...entry, state } : entry)));
      if (state.state === 'done') onDone();
    });
  };
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
              onChange={(event: Event) => {
                const input = event.target as HTMLInputElement;
                for (const file of input.files ?? []) add(file);
                input.value = '';
              }}
            />
          </p>
        </div>
      </DropTarget>
      <ul class="uploads" aria-live="polite">
        {entries.map(({ key, name, state }) => (
          <li key={key} data-state={state?.state ?? 'running'}>
            <strong>{name}</strong> <span class="muted small">{inWords(state)}</span>
            {state?.state === 'running' && (
              <progress max={100} value={state.percent} aria-label={`Progress of ${name}`} />
            )}
            {state?.problem !== undefined && <ProblemNotice problem={state.problem} />}
            {state?.state === 'done' && state.videoId !== undefined && (
              <a href={apiUrl(`videos/${state.videoId}`)}>Watch</a>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function inWords(state: UploadState | undefined): string {
  if (state === undefined) return 'Waiting';
  const { stage, percent, etaSeconds } = state;
  const share = state.state === 'running' && percent !== undefined ? ` ${Math.round(percent)} %` : '';
  const left = etaSeconds === undefined || state.state !== 'running' ? '' : `, ${duration(etaSeconds)} left`;
  return `${stage}${share}${left}`;
}
