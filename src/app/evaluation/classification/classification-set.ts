import { AppError } from '../../../domain/errors.js';

export interface LabelledVideo {
  /** As the list names it: the path without its extension. */
  id: string;
  file: string;
  /** Class, from 0. */
  label: number;
}

/**
 * Reads a list of videos with their classes, one a line and no header, as Kinetics' fine-tuning lists are: `path label` or
 * `path,label`; fields between the two (a number of frames) are passed over. A label is a number from 0 or, with a list
 * of class names, a name.
 * @param classNames one for each class, in the order of the model's classes
 * @throws AppError `invalid-input` naming the line.
 */
export function parseClassificationList(
  text: string,
  file: string,
  classes: number,
  classNames?: readonly string[],
): LabelledVideo[] {
  if (classNames !== undefined && classNames.length !== classes) {
    throw new AppError(
      'invalid-input',
      `There are ${classNames.length} class names, the model has ${classes} classes.`,
    );
  }
  const classOfName = new Map(classNames?.map((name, label) => [normalized(name), label]));
  const videos: LabelledVideo[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((line, position) => {
      if (line.trim() === '') return;
      const [path, label] = fieldsOf(line, classOfName);
      if (path === undefined || label === undefined) {
        throw new AppError(
          'invalid-input',
          `${file}, line ${position + 1}: ${JSON.stringify(line.slice(0, 100))} is no path with a class.`,
          {
            hint: `Write "path label" or "path,label"; labels are 0 to ${classes - 1}, or names with --labels.`,
          },
        );
      }
      if (label >= classes) {
        throw new AppError(
          'invalid-input',
          `${file}, line ${position + 1}: class ${label}; the model has classes 0 to ${classes - 1}.`,
        );
      }
      videos.push({ id: path.replace(/\.[a-z0-9]{2,4}$/i, ''), file: path, label });
    });
  if (videos.length === 0) throw new AppError('invalid-input', `${file} lists no videos.`);
  return withoutRepeats(videos, file);
}

function fieldsOf(line: string, classOfName: ReadonlyMap<string, number>): [string?, number?] {
  // A path may hold spaces, so a comma or a tab counts first.
  const delimiter = [',', '\t'].find((each) => line.includes(each)) ?? ' ';
  const fields = line.trim().split(delimiter);
  if (fields.length < 2) return [];
  const last = fields.at(-1)!.trim();
  const label = classOfName.get(normalized(last)) ?? (/^\d{1,6}$/.test(last) ? Number(last) : undefined);
  const path = delimiter === ' ' ? fields.slice(0, -1).join(' ') : fields[0]!.trim();
  return [path.trim() || undefined, label];
}

function normalized(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[_\s]+/g, ' ');
}

/** @throws AppError `invalid-input` for a video that is there twice: it would count twice. */
function withoutRepeats(videos: LabelledVideo[], file: string): LabelledVideo[] {
  const seen = new Set<string>();
  for (const { id } of videos) {
    if (seen.has(id)) throw new AppError('invalid-input', `${file} lists ${JSON.stringify(id)} twice.`);
    seen.add(id);
  }
  return videos;
}

/** Class names of a file, one a line. */
export function parseClassNames(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
