import { useEffect, useState } from 'hono/jsx/dom';
import { isPicture, type Query } from './search.js';
import { middleOf, Thumbnail } from './thumbnail.js';
import { clockRange } from './times.js';

/** What is looked for beside the words: a file that was dropped, or a moment to find the like of. Each can be let go. */
export function QueryChips({ query, onChange }: { query: Query; onChange: (query: Query) => void }) {
  const { text, file, like } = query;
  if (file === undefined && like === undefined) return null;
  return (
    <ul class="given" aria-label="Looked for beside the words">
      {file !== undefined && (
        <li>
          <FilePreview file={file} />
          <bdi>{file.name}</bdi>
          <Remove onClick={() => onChange({ text, ...(like === undefined ? {} : { like }) })} />
        </li>
      )}
      {like !== undefined && (
        <li>
          <Thumbnail videoId={like.videoId} atSeconds={middleOf(like)} width={192} />
          <span>
            Like <bdi>{like.title}</bdi> {clockRange(like.startSeconds, like.endSeconds)}
          </span>
          <Remove onClick={() => onChange({ text, ...(file === undefined ? {} : { file }) })} />
        </li>
      )}
    </ul>
  );
}

function Remove({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" class="plain" aria-label="Look for it no more" onClick={onClick}>
      ✕
    </button>
  );
}

function FilePreview({ file }: { file: File }) {
  const [url, setUrl] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  if (url === undefined) return null;
  return isPicture(file) ? (
    <img alt="" src={url} />
  ) : (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: without controls a video takes no focus.
    <video src={url} muted playsinline aria-hidden="true" />
  );
}
