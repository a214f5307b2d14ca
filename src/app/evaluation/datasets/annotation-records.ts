import { AppError } from '../../../domain/errors.js';
import { parseDelimitedText } from './delimited-text.js';

/** One video of an annotation file with its captions, in the order of the file. */
export interface AnnotationRecord {
  videoId: string;
  file: string;
  captions: string[];
  /** `train`, `validate`, `test` where the file says so. */
  split: string | undefined;
}

const VIDEO_COLUMNS = ['video_id', 'video', 'vid_key', 'file', 'filename', 'path'];
const CAPTION_COLUMNS = ['sentence', 'caption', 'text', 'query', 'description'];

/**
 * Reads any of the forms retrieval annotations come in:
 * - csv, semicolon- or tab-separated with a header that names a video and a caption column (JSFUSION, one's own);
 * - tab-separated without one, video first and sentence last (LSMDC);
 * - `id words words ...` a line (MSVD's AllVideoDescriptions.txt);
 * - JSON: a list of `{video, caption}` (caption a string or a list), DiDeMo's `{video, description}`, MSR-VTT's
 *   `{videos, sentences}`, ActivityNet's `{id: {sentences}}`.
 * Lines of one video are gathered.
 * @throws AppError `invalid-input` naming the file and what is wrong with it.
 */
export function parseAnnotations(text: string, file: string): AnnotationRecord[] {
  const body = text.replace(/^\uFEFF/, '');
  const records = /^\s*[[{]/.test(body) ? fromJson(body, file) : fromLines(body, file);
  const gathered = new Map<string, AnnotationRecord>();
  for (const record of records) {
    const captions = record.captions.map((caption) => caption.trim()).filter((caption) => caption !== '');
    const known = gathered.get(record.videoId);
    if (known === undefined) gathered.set(record.videoId, { ...record, captions });
    else known.captions.push(...captions);
  }
  if (gathered.size === 0) throw new AppError('invalid-input', `${file} lists no videos.`);
  return [...gathered.values()];
}

function fromLines(text: string, file: string): AnnotationRecord[] {
  const rows = parseDelimitedText(text);
  const header = (rows[0] ?? []).map((name) => name.trim().toLowerCase());
  const video = columnOf(header, VIDEO_COLUMNS);
  const caption = columnOf(header, CAPTION_COLUMNS);
  if (video !== -1 && caption !== -1) {
    return rows.slice(1).map((row, position) => {
      const [name, words] = [row[video]?.trim(), row[caption]];
      if (!name || words === undefined) {
        throw new AppError(
          'invalid-input',
          `${file}, row ${position + 2}: ${row.length} fields, but the header has ${header.length}.`,
        );
      }
      return record(name, [words]);
    });
  }
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const fields = line.includes('\t') ? line.split('\t') : /^(\S+)\s+(.+)$/.exec(line)?.slice(1);
    if (fields === undefined || fields.length < 2 || header.includes(VIDEO_COLUMNS[0]!)) {
      throw new AppError(
        'invalid-input',
        `${file}: ${JSON.stringify(line.slice(0, 80))} has no video with a caption.`,
        {
          hint: `Give columns ${VIDEO_COLUMNS.join('|')} and ${CAPTION_COLUMNS.join('|')}, JSON, or "id caption" lines.`,
        },
      );
    }
    return record(fields[0]!.trim(), [fields.at(-1)!]);
  });
}

/** The first of the names that is there: `video_id` before `vid_key`. */
function columnOf(header: readonly string[], names: readonly string[]): number {
  const name = names.find((candidate) => header.includes(candidate));
  return name === undefined ? -1 : header.indexOf(name);
}

function fromJson(text: string, file: string): AnnotationRecord[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid-input', `${file} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  if (Array.isArray(root))
    return root.map((entry, position) => fromEntry(entry, `${file}, entry ${position}`));
  if (isRecord(root) && Array.isArray(root.videos) && Array.isArray(root.sentences)) {
    return fromMsrvtt(root.videos, root.sentences, file);
  }
  if (!isRecord(root)) throw new AppError('invalid-input', `${file} is neither a list nor an object.`);
  return Object.entries(root).map(([id, entry]) => {
    const sentences = isRecord(entry) ? entry.sentences : undefined;
    if (!isStrings(sentences)) {
      throw new AppError('invalid-input', `${file}: ${JSON.stringify(id)} has no list of sentences.`);
    }
    return record(id, sentences);
  });
}

function fromEntry(entry: unknown, where: string): AnnotationRecord {
  if (!isRecord(entry)) throw new AppError('invalid-input', `${where} is no object.`);
  const field = (names: readonly string[]) =>
    names.map((name) => entry[name]).find((value) => value !== undefined);
  const video = field(VIDEO_COLUMNS);
  const caption = field(CAPTION_COLUMNS);
  if (typeof video !== 'string') throw new AppError('invalid-input', `${where} names no video.`);
  if (typeof caption === 'string') return record(video, [caption]);
  if (isStrings(caption)) return record(video, caption);
  throw new AppError('invalid-input', `${where} (${video}) has no caption.`);
}

function fromMsrvtt(
  videos: readonly unknown[],
  sentences: readonly unknown[],
  file: string,
): AnnotationRecord[] {
  const records = videos.map((entry, position) => {
    if (!isRecord(entry) || typeof entry.video_id !== 'string') {
      throw new AppError('invalid-input', `${file}: videos[${position}] has no video_id.`);
    }
    const { video_id: videoId, file: path, split } = entry;
    return {
      ...record(typeof path === 'string' ? path : videoId, []),
      videoId,
      split: typeof split === 'string' ? split : undefined,
    };
  });
  const ofId = new Map(records.map((each) => [each.videoId, each]));
  sentences.forEach((entry, position) => {
    const known =
      isRecord(entry) && typeof entry.video_id === 'string' ? ofId.get(entry.video_id) : undefined;
    if (!isRecord(entry) || known === undefined || typeof entry.caption !== 'string') {
      throw new AppError(
        'invalid-input',
        `${file}: sentences[${position}] has no caption or no known video_id.`,
      );
    }
    known.captions.push(entry.caption);
  });
  return records;
}

function record(file: string, captions: readonly string[]): AnnotationRecord {
  return {
    videoId: file.replace(/\.(mp4|avi|mkv|mov|webm|gif|m4v)$/i, ''),
    file,
    captions: [...captions],
    split: undefined,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
