import type { RefObject } from 'hono/jsx';
import { useState } from 'hono/jsx/dom';
import { apiUrl } from './api.js';
import { isReadOnly } from './is-read-only.js';
import { Thumbnail } from './thumbnail.js';
import { clock } from './times.js';
import { useFocusAfter } from './use-focus-after.js';
import type { VideoFacts } from './video-details.js';
import { VideoForm } from './video-form.js';

export interface VideoTableActions {
  onDelete: (video: VideoFacts) => void;
  onChange: (video: VideoFacts) => void;
  onTag: (tag: string) => void;
}

/** A row a video; its title and tags are changed in place. */
export function VideoTable({
  videos,
  list,
  ...actions
}: {
  videos: readonly VideoFacts[];
  /** Its rows; they take the focus when what had it goes. */
  list: RefObject<HTMLTableSectionElement | null>;
} & VideoTableActions) {
  const [editing, setEditing] = useState<string | undefined>(undefined);
  return (
    <table class="videos">
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">Picture</span>
          </th>
          <th scope="col">Title</th>
          <th scope="col" class="number">
            Length
          </th>
          <th scope="col" class="added">
            Added
          </th>
          {!isReadOnly && (
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody ref={list} tabIndex={-1}>
        {videos.map((video) => (
          <VideoRow
            key={video.id}
            video={video}
            editing={editing === video.id}
            onEdit={(wanted) => setEditing(wanted ? video.id : undefined)}
            {...actions}
          />
        ))}
      </tbody>
    </table>
  );
}

function VideoRow({
  video,
  editing,
  onEdit,
  onDelete,
  onChange,
  onTag,
}: { video: VideoFacts; editing: boolean; onEdit: (wanted: boolean) => void } & VideoTableActions) {
  const { id, title, status, durationSeconds, createdAt } = video;
  const edit = useFocusAfter<HTMLButtonElement>(editing);
  if (editing) {
    return (
      <tr data-video={id}>
        <td colSpan={5}>
          <VideoForm
            video={video}
            onSaved={(changed) => {
              onChange(changed);
              onEdit(false);
            }}
            onCancel={() => onEdit(false)}
          />
        </td>
      </tr>
    );
  }
  return (
    <tr data-video={id}>
      <td>
        <span class="frame">
          {status === 'ready' && (
            <Thumbnail videoId={id} atSeconds={(durationSeconds ?? 0) / 2} width={192} />
          )}
        </span>
      </td>
      <td>
        <a class="name" dir="auto" href={apiUrl(`videos/${id}`)}>
          {title}
        </a>
        {video.tags.map((tag) => (
          <button type="button" class="tag" key={tag} dir="auto" onClick={() => onTag(tag)}>
            {tag}
          </button>
        ))}
      </td>
      <td class="number">
        {status === 'ready' ? (
          clock(durationSeconds ?? 0)
        ) : (
          <span class={status === 'failed' ? 'bad' : 'fair'}>{status}</span>
        )}
      </td>
      <td class="added">{new Date(createdAt).toLocaleDateString()}</td>
      {!isReadOnly && (
        <td class="actions">
          <button type="button" class="plain" ref={edit} onClick={() => onEdit(true)}>
            Edit<span class="visually-hidden"> {title}</span>
          </button>
          <button type="button" class="plain" data-delete onClick={() => onDelete(video)}>
            Delete<span class="visually-hidden"> {title}</span>
          </button>
        </td>
      )}
    </tr>
  );
}
