import { useState } from 'hono/jsx/dom';
import type { VideoBody } from '../../videos/video-schema.js';
import { apiUrl, request } from './api.js';
import { ProblemNotice } from './problem-notice.js';
import { useFirstFocus } from './use-first-focus.js';

/** Title, tags and description of a video, to be changed in place. */
export function VideoForm({
  video,
  onSaved,
  onCancel,
}: {
  video: VideoBody;
  onSaved: (video: VideoBody) => void;
  onCancel: () => void;
}) {
  const [failure, setFailure] = useState<unknown>(undefined);

  const title = useFirstFocus<HTMLInputElement>();

  const save = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const json = {
      title: String(form.get('title')).trim(),
      description: String(form.get('description')),
      tags: splitTags(String(form.get('tags'))),
    };
    try {
      onSaved(await request('PATCH', apiUrl(`v1/videos/${video.id}`), { json }));
    } catch (error) {
      setFailure(error);
    }
  };

  return (
    <form
      onSubmit={save}
      class="panel editing"
      onKeyDown={(event: KeyboardEvent) => event.key === 'Escape' && onCancel()}
    >
      <div class="row">
        <div class="field wide">
          <label for="video-title">Title</label>
          <input
            id="video-title"
            name="title"
            type="text"
            dir="auto"
            required
            value={video.title}
            ref={title}
          />
        </div>
        <div class="field wide">
          <label for="video-tags">Tags, with commas between</label>
          <input id="video-tags" name="tags" type="text" dir="auto" value={video.tags.join(', ')} />
        </div>
        <div class="field wide">
          <label for="video-description">Description</label>
          <textarea id="video-description" name="description" dir="auto" rows={2}>
            {video.description}
          </textarea>
        </div>
        <button type="submit" class="primary">
          Save
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
      {failure !== undefined && <ProblemNotice problem={failure} />}
    </form>
  );
}

/** "a, b ,,a" -> a, b */
function splitTags(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}
