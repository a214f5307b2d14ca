import { useState } from 'hono/jsx/dom';
import type { VideoBody } from '../../videos/video-schema.js';
import { apiUrl, type ProblemError, request } from './api.js';
import { ProblemNotice } from './problem-notice.js';
import { clock } from './times.js';

export type VideoFacts = VideoBody;

/** Title, tags and description, to be changed in place. */
export function VideoDetails({
  video,
  onChange,
}: {
  video: VideoFacts;
  onChange: (video: VideoFacts) => void;
}) {
  const [editing, setEditing] = useState(false);
  const [failure, setFailure] = useState<unknown>(undefined);

  const save = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const json = {
      title: String(form.get('title')).trim(),
      description: String(form.get('description')),
      tags: splitTags(String(form.get('tags'))),
    };
    try {
      onChange(await request('PATCH', apiUrl(`v1/videos/${video.id}`), { json }));
      setFailure(undefined);
      setEditing(false);
    } catch (error) {
      setFailure(error);
    }
  };

  if (!editing) {
    return (
      <div>
        <h1 data-title>{video.title}</h1>
        <p class="muted small">{facts(video)}</p>
        {video.description && <p>{video.description}</p>}
        <p>
          {video.tags.map((tag) => (
            <span class="tag" key={tag}>
              {tag}
            </span>
          ))}
          <button type="button" class="plain small" onClick={() => setEditing(true)}>
            Edit title and tags
          </button>
        </p>
      </div>
    );
  }
  return (
    <form onSubmit={save} class="panel">
      <div class="row">
        <div class="field">
          <label for="video-title">Title</label>
          <input id="video-title" name="title" type="text" required value={video.title} />
        </div>
        <div class="field">
          <label for="video-tags">Tags, with commas between</label>
          <input id="video-tags" name="tags" type="text" value={video.tags.join(', ')} />
        </div>
        <div class="field">
          <label for="video-description">Description</label>
          <textarea id="video-description" name="description" rows={2}>
            {video.description}
          </textarea>
        </div>
        <button type="submit" class="primary">
          Save
        </button>
        <button type="button" onClick={() => setEditing(false)}>
          Cancel
        </button>
      </div>
      {failure !== undefined && <ProblemNotice problem={failure as ProblemError} />}
    </form>
  );
}

/** "a, b ,,a" -> a, b */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}

/** What is known of the file; a video that is not ready yet has less to tell. */
function facts({ status, durationSeconds, width, height, codec, clipCount }: VideoFacts): string {
  if (status !== 'ready') return status === 'failed' ? 'could not be made ready' : 'being made ready';
  return [clock(durationSeconds ?? 0), `${width} × ${height}`, codec, `${clipCount} clips`].join(' · ');
}
