import { AppError } from '../domain/errors.js';
import type { BlobStore, PassingFiles } from '../ports/blob-store.js';
import { ByteBudget, counted } from './limits/byte-budget.js';
import { readMultipart } from './read-multipart.js';

const LIMITS = { maxFields: 20, maxFieldBytes: 256 * 1024 };

/** Disk for the files of all forms that are worked on: fifteen of the largest. */
const ROOM_BYTES = 4 * 1024 ** 3;

/** For all routes of a service that take forms. */
export function newFormRoom(bytes = ROOM_BYTES): ByteBudget {
  return new ByteBudget('Files of forms', bytes);
}

export interface Form {
  /** Values of the fields that are no files, by name. */
  fields: Map<string, string>;
  /** Paths of the files, by name of their field, in their order; gone when the work on the form is done. */
  files: Map<string, string[]>;
}

export interface FormDependencies {
  /** Lends room for the files. */
  blobs: Pick<BlobStore, 'withPassingFiles'>;
  /** How much of it all forms together take. */
  formRoom: ByteBudget;
}

/** The fields that take files: how many, and how large all of them together. */
export type FormLimits = Readonly<Record<string, { maxFiles: number; maxBytes: number }>>;

/**
 * Reads a multipart body, its files onto the disk of the library as they come, and gives it to `work`.
 * @throws AppError `payload-too-large`, `invalid-input`, `out-of-storage`, `overloaded`, and what `work` throws.
 */
export async function withForm<Result>(
  request: Request,
  { blobs, formRoom }: FormDependencies,
  limits: FormLimits,
  work: (form: Form) => Promise<Result>,
): Promise<Result> {
  const share = formRoom.share();
  try {
    return await blobs.withPassingFiles(async (folder) =>
      work(await readForm(request, limits, (content) => folder.write(counted(content, share)))),
    );
  } finally {
    share.giveBack();
  }
}

/** The JSON in the field `request`, which may be left out. @throws AppError `invalid-input`. */
export function requestField(fields: ReadonlyMap<string, string>): unknown {
  try {
    return JSON.parse(fields.get('request') ?? '{}');
  } catch (cause) {
    throw new AppError('invalid-input', 'The field "request" of the form is no JSON.', { cause });
  }
}

async function readForm(request: Request, limits: FormLimits, write: PassingFiles['write']): Promise<Form> {
  const writing = new Map<string, Promise<string>[]>();
  const bytes = new Map<string, number>();
  const given = await readMultipart(request, LIMITS, (field, _name, content) => {
    const limit = Object.hasOwn(limits, field) ? limits[field] : undefined;
    const earlier = writing.get(field) ?? [];
    if (limit === undefined || earlier.length === limit.maxFiles) throw unexpectedFile(field, limits);
    const written = write(upToTogether(limit.maxBytes, field, bytes, content));
    writing.set(field, [...earlier, written]);
    return written;
  });
  const fields = new Map<string, string>();
  for (const [name, [value = '', another]] of given) {
    if (another !== undefined) throw new AppError('invalid-input', `The field "${name}" is given twice.`);
    fields.set(name, value);
  }
  const files = new Map<string, string[]>();
  for (const [field, paths] of writing) files.set(field, await Promise.all(paths));
  return { fields, files };
}

/** @param bytes that came for each field so far, and for its files before. */
async function* upToTogether(
  maxBytes: number,
  field: string,
  bytes: Map<string, number>,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    const sum = (bytes.get(field) ?? 0) + chunk.length;
    bytes.set(field, sum);
    if (sum > maxBytes) {
      throw new AppError(
        'payload-too-large',
        `The files in the field "${field}" have at most ${maxBytes} bytes.`,
      );
    }
    yield chunk;
  }
}

function unexpectedFile(field: string, limits: FormLimits): AppError {
  const accepted = Object.entries(limits).map(([name, { maxFiles }]) => `${maxFiles} in "${name}"`);
  return new AppError(
    'invalid-input',
    `The form has a file too many in the field ${JSON.stringify(field)}.`,
    { hint: `At most these files go: ${accepted.join(', ')}.` },
  );
}
