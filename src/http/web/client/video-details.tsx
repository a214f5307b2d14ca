import { useState } from 'hono/jsx/dom';
import type { VideoBody } from '../../videos/video-schema.js';
import { apiUrl } from './api.js';
import { isReadOnly } from './is-read-only.js';
import { clock } from './times.js';
import { useFocusAfter } from './use-focus-after.js';
import { VideoForm } from './video-form.js';

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
  const edit = useFocusAfter<HTMLButtonElement>(editing);
  if (editing) {
    return (
      <VideoForm
        video={video}
        onSaved={(changed) => {
          onChange(changed);
          setEditing(false);
        }}
        onCancel={() => setEditing(false)}
      />
    );
  }
  return (
    <div>
      <h1 data-title dir="auto">
        {video.title}
      </h1>
      <p class="muted small">{facts(video)}</p>
      {video.description && <p dir="auto">{video.description}</p>}
      <p>
        {video.tags.map((tag) => (
          <a class="tag" key={tag} dir="auto" href={apiUrl('library', { tag })}>
            {tag}
          </a>
        ))}
        {!isReadOnly && (
          <button
            type="button"
            class="plain small"
            ref={edit}
            data-key="e"
            data-key-does="Edit title and tags"
            onClick={() => setEditing(true)}
          >
            Edit title and tags
          </button>
        )}
      </p>
    </div>
  );
}

/** What is known of the file; a video that is not ready yet has less to tell. */
function facts({ status, durationSeconds, width, height, codec, clipCount }: VideoFacts): string {
  if (status !== 'ready') return status === 'failed' ? 'could not be made ready' : 'is being made ready';
  const clips = `${clipCount} ${clipCount === 1 ? 'clip' : 'clips'}`;
  return [clock(durationSeconds ?? 0), `${width} × ${height}`, codecName(codec), clips].join(' · ');
}

const CODEC_NAMES: Record<string, string> = {
  h264: 'H.264',
  hevc: 'H.265 (HEVC)',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  mpeg4: 'MPEG-4',
};

/** As people know it. */
export function codecName(codec: string | null): string {
  return CODEC_NAMES[codec ?? ''] ?? codec ?? 'an unknown codec';
}
