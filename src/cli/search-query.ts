import type { QueryPart } from '../app/search/search-request.js';
import { AppError } from '../domain/errors.js';

const STRETCH = /^(?<videoId>[^@]+)(?:@(?<start>\d+(?:\.\d+)?)-(?<end>\d+(?:\.\d+)?))?$/;

/** What is looked for, from the words and flags of a command line. @throws AppError `invalid-input`. */
export function searchQuery(given: {
  text: string;
  image: Uint8Array | undefined;
  like: string | undefined;
}): QueryPart[] {
  const { text, image, like } = given;
  const parts: QueryPart[] = [];
  // Without anything else an empty text is refused as what it is.
  if (text !== '' || (image === undefined && like === undefined)) parts.push({ kind: 'text', text });
  if (image !== undefined) parts.push({ kind: 'image', bytes: image });
  if (like !== undefined) parts.push(stretch(like));
  return parts;
}

function stretch(like: string): QueryPart {
  const groups = STRETCH.exec(like)?.groups;
  const { videoId, start, end } = groups ?? {};
  const isForward = start === undefined || Number(start) < Number(end);
  if (videoId !== undefined && isForward) {
    const range = start === undefined ? {} : { startSeconds: Number(start), endSeconds: Number(end) };
    return { kind: 'clip', videoId, ...range };
  }
  throw new AppError('invalid-input', `--like takes VIDEO or VIDEO@START-END, not ${JSON.stringify(like)}.`, {
    hint: 'VIDEO is an id as in the results with --json; START and END are seconds, as in ID@12.5-20.',
  });
}
